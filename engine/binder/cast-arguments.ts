import { types, type DataType } from '../arrow/types.ts'
import type { Expression } from '../plan/plan.ts'
import { castTo, literal } from './coerce.ts'

/** The arguments of an aggregate or window function, cast to what it takes. */
export function castArguments(
  fn: string,
  args: readonly Expression[],
  argTypes: readonly DataType[],
): readonly Expression[] {
  const cast = args.map((arg, index) => castTo(arg, argTypes[index] ?? arg.type))
  if (fn === 'string_agg' && cast.length === 1) return [...cast, literal(',', types.utf8)]
  return cast
}
