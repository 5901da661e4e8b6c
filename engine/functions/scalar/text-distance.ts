import { types, type DataType } from '../../arrow/types.ts'
import type { ScalarFunction } from '../scalar-function.ts'
import { kernelFunction } from './kernel-function.ts'

const { utf8, int64, float64 } = types

/** Functions that measure how much two texts differ; all of them go by bytes. */
function measure(
  name: string,
  aliases: readonly string[],
  type: DataType,
  kernel: string,
  summary: string,
  failure?: string,
): ScalarFunction {
  return kernelFunction({
    name,
    aliases,
    category: 'text',
    summary,
    example: `${name}('duck', 'dusk')`,
    failures: failure === undefined ? [] : [{ code: 'invalid_argument', message: failure }],
    overloads: [{ args: [utf8, utf8], type, kernel, thread: type.kind === 'int64' && name !== 'hamming' }],
  })
}

export const textDistanceFunctions: readonly ScalarFunction[] = [
  measure(
    'levenshtein',
    ['editdist3'],
    int64,
    'string_levenshtein',
    'Least number of bytes to insert, delete or replace.',
  ),
  measure(
    'damerau_levenshtein',
    [],
    int64,
    'string_damerau_levenshtein',
    'As levenshtein, neighbours that changed places counting once.',
  ),
  measure(
    'hamming',
    ['mismatches'],
    int64,
    'string_hamming',
    'Number of places that differ, of two texts of the same length.',
    'hamming is defined for texts of the same length that are not empty',
  ),
  measure(
    'jaccard',
    [],
    float64,
    'string_jaccard',
    'Share of the different bytes that both have, of all that they have.',
    'jaccard is defined for texts that are not empty',
  ),
]
