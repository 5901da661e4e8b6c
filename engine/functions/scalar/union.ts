import { isUnion, types, type StructType } from '../../arrow/types.ts'
import { packUnion } from '../../codegen/cast-union.ts'
import { loadField } from '../../codegen/nested-value.ts'
import type { Value } from '../../codegen/value.ts'
import { internalError } from '../../errors.ts'
import type { LiteralValue } from '../../plan/plan.ts'
import type { EagerFunction, ScalarFunction } from '../scalar-function.ts'
import { fieldIndex } from './struct.ts'

/** The binder gives the call its type, and the member's name before the value. */
const unionValue: EagerFunction = {
  category: 'struct',
  name: 'union_value',
  summary: 'A UNION of one member, by its name.',
  example: 'union_value(k := 1)',
  nulls: 'own',
  nullable: () => false,
  resolve: () => null,
  lower(context, args, call) {
    const [name] = call.args
    const place = memberIndex(call.type as StructType, name?.kind === 'literal' ? name.value : undefined)
    if (place < 0) throw internalError('a union was bound with a member that it has not')
    return packUnion(context, call.type as StructType, place, args[1]!)
  },
}

/** The place among the fields. */
function memberIndex(union: StructType, name: LiteralValue | undefined): number {
  return typeof name === 'string' && name !== '' ? fieldIndex(union, name) : -1
}

const unionTag: EagerFunction = {
  category: 'struct',
  name: 'union_tag',
  summary: 'The name of the member that a UNION holds, as an enum.',
  example: 'union_tag(union_value(k := 1))',
  nulls: 'strict',
  guarded: true,
  resolve: ([union, ...rest]) =>
    union !== undefined && isUnion(union) && rest.length === 0
      ? { argTypes: [union], type: union.fields[0]!.type }
      : null,
  lower: (context, args) => ({ ...loadField(context, args[0]!, 0), valid: null }),
}

const unionExtract: EagerFunction = {
  category: 'struct',
  name: 'union_extract',
  summary: 'A member of a UNION by its name; NULL where it holds another one.',
  example: "union_extract(union_value(k := 1), 'k')",
  nulls: 'own',
  nullable: () => true,
  resolve(args, literals) {
    const [union] = args
    if (args.length !== 2 || union === undefined || !isUnion(union)) return null
    const place = memberIndex(union, literals?.[1])
    return place < 0 ? null : { argTypes: [union, types.utf8], type: union.fields[place]!.type }
  },
  lower(context, args, call) {
    const [union] = args as [Value]
    const name = call.args[1]
    const place = memberIndex(union.type as StructType, name?.kind === 'literal' ? name.value : undefined)
    if (place < 0) throw internalError('a union was bound to a member that it has not')
    return loadField(context, union, place)
  },
}

export const unionFunctions: readonly ScalarFunction[] = [unionValue, unionTag, unionExtract]
