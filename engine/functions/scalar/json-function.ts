import { jsonFailures } from '../../codegen/cast-json.ts'
import type { EagerFunction } from '../scalar-function.ts'
import { kernelFunction, type KernelOverload } from './kernel-function.ts'

/** A function over JSON or JSONB that is one call of a kernel. */
export function jsonFunction(
  name: string,
  aliases: readonly string[],
  summary: string,
  example: string,
  overloads: readonly KernelOverload[],
  nullable = false,
): EagerFunction {
  return kernelFunction({
    name,
    aliases,
    category: 'json',
    summary,
    example,
    overloads,
    nullable,
    failures: jsonFailures,
  })
}
