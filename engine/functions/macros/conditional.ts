import type { Macro } from '../macro.ts'
import { category } from './define.ts'

const conditional = category('conditional')

export const conditionalMacros: readonly Macro[] = [
  conditional('nvl', 'x, y → coalesce(x, y)', 'The second where the first is NULL.', "nvl(NULL, 'b')"),
  conditional(
    'nvl2',
    'x, a, b → CASE WHEN x IS NOT NULL THEN a ELSE b END',
    'The second where the first is not NULL, else the third.',
    "nvl2(NULL, 'a', 'b')",
  ),
  conditional('zeroifnull', 'x → coalesce(x, 0)', '0 where the number is NULL.', 'zeroifnull(NULL)'),
  conditional('nullifzero', 'x → nullif(x, 0)', 'NULL where the number is 0.', 'nullifzero(0)'),
  conditional(
    'equal_null',
    'x, y → x IS NOT DISTINCT FROM y',
    'Whether both are equal, or both NULL.',
    'equal_null(NULL, 1)',
  ),
  conditional(
    'constant_or_null',
    'x, y → CASE WHEN y IS NOT NULL THEN x END',
    'The first, or NULL where the second is.',
    'constant_or_null(1, 2)',
  ),
  conditional(
    'switch',
    [
      'v, m → map_extract_value(m, v)',
      'v, m, otherwise → CASE WHEN v IS NULL THEN NULL WHEN map_contains(m, v) THEN map_extract_value(m, v) ELSE otherwise END',
    ],
    'What a map has for the value, and if it has nothing the third.',
    "switch(2, map {1: 'one', 2: 'two'}, 'many')",
  ),
]
