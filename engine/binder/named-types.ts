import { types, type DataType, type EnumType, type StructType } from '../arrow/types.ts'
import { unsupported, type SourceSpan } from '../errors.ts'
import { outputColumns } from '../plan/output.ts'
import type { LogicalPlan } from '../plan/plan.ts'
import { collatedType } from './collation.ts'
import { castColumns } from './cast-columns.ts'
import type { Environment } from './environment.ts'
import { nameHint } from './name-hint.ts'

/** The type with what CREATE TYPE made in the place of names. Errors: `unsupported` for a name that nobody made. */
export function knownType({ catalog }: Environment, type: DataType, span: SourceSpan | undefined): DataType {
  if (type.kind === 'utf8' && type.collation !== undefined) return collatedType(type.collation, span)
  return mapEnums(type, (each) => {
    if (each.values.length > 0 || each.name === undefined) return each
    const found = catalog.type?.(each.name)
    if (found) return found
    throw unsupported(`The type ${each.name}`, span, nameHint(each.name, catalog.typeNames?.() ?? []))
  })
}

/** Whether the type has no name in it that CREATE TYPE would have to have made. */
export function isKnownType(type: DataType): boolean {
  let isKnown = true
  mapEnums(type, (each) => {
    isKnown &&= each.values.length > 0
    return each
  })
  return isKnown
}

/** The plan with texts in the place of enums and of BIT, for who reads its rows. */
export function withoutEnums(plan: LogicalPlan): LogicalPlan {
  return castColumns(
    plan,
    outputColumns(plan).map(({ type }) => typeWithoutEnums(type)),
  )
}

export function typeWithoutEnums(type: DataType): DataType {
  return mapEnums(type, () => types.utf8, types.utf8)
}

function mapEnums(
  type: DataType,
  replace: (type: EnumType) => DataType,
  bits: DataType = types.bit,
): DataType {
  switch (type.kind) {
    case 'enum':
      return replace(type)
    case 'bit':
      return bits.kind === 'bit' ? type : bits
    case 'list': {
      const item = mapEnums(type.item, replace, bits)
      return item === type.item ? type : { ...type, item }
    }
    case 'map': {
      const key = mapEnums(type.key, replace, bits)
      const value = mapEnums(type.value, replace, bits)
      return key === type.key && value === type.value ? type : { ...type, key, value }
    }
    case 'struct': {
      const fields = type.fields.map((field): StructType['fields'][number] => ({
        ...field,
        type: mapEnums(field.type, replace, bits),
      }))
      return fields.every((field, index) => field.type === type.fields[index]!.type)
        ? type
        : { ...type, fields }
    }
    default:
      return type
  }
}
