import { listOf, types, type EnumType } from '../arrow/types.ts'
import { unsupported, type SourceSpan } from '../errors.ts'
import type { Expression } from '../plan/plan.ts'
import { castTo, literal } from './coerce.ts'
import { scalarCall } from './scalar-call.ts'

/** enum_range, enum_range_boundary, enum_first, enum_last and enum_code; null for any other call. */
export function bindEnumCall(
  name: string,
  args: readonly Expression[],
  span: SourceSpan | undefined,
): Expression | null {
  if (!/^enum_(range|first|last|code|range_boundary)$/.test(name)) return null
  const type = args.map((arg) => arg.type).find((each) => each.kind === 'enum')
  if (type?.kind !== 'enum') return null
  switch (name) {
    case 'enum_range':
      return valuesOf(type, 0, type.values.length, span)
    case 'enum_first':
      return literal(type.values[0]!, types.utf8, span)
    case 'enum_last':
      return literal(type.values.at(-1)!, types.utf8, span)
    case 'enum_code':
      return castTo(castTo(args[0]!, types.uint32), codeType(type))
    default: {
      const [from, to] = args
      const first = placeOf(from, span) ?? 0
      const last = placeOf(to, span) ?? type.values.length - 1
      return valuesOf(type, first, last + 1, span)
    }
  }
}

/** Null for NULL, which leaves the range open. */
function placeOf(bound: Expression | undefined, span: SourceSpan | undefined): number | null {
  if (bound?.kind === 'literal' && bound.value === null) return null
  if (bound?.kind === 'literal' && typeof bound.value === 'bigint') return Number(bound.value)
  throw unsupported('A bound of a range of values that is not a constant', bound?.span ?? span)
}

function valuesOf(type: EnumType, from: number, until: number, span: SourceSpan | undefined): Expression {
  const values = type.values.slice(from, until).map((value) => literal(value, types.utf8))
  return castTo(scalarCall('list_value', values, span), listOf(types.utf8))
}

/** As DuckDB has it, of the number of values, not of the greatest place. */
function codeType({ values }: EnumType): (typeof types)['uint8' | 'uint16' | 'uint32'] {
  if (values.length < 256) return types.uint8
  return values.length < 65_536 ? types.uint16 : types.uint32
}
