import { isUnion, types, type DataType, type EnumType, type StructType } from '../arrow/types.ts'
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
  return mapLeaves(type, (each) => {
    if (!isNameOnly(each)) return each
    const found = catalog.type?.(each.name)
    if (found) return found
    throw unsupported(`The type ${each.name}`, span, nameHint(each.name, catalog.typeNames?.() ?? []))
  })
}

/** Whether the type has no name in it that CREATE TYPE would have to have made. */
export function isKnownType(type: DataType): boolean {
  let isKnown = true
  mapLeaves(type, (each) => {
    isKnown &&= each.kind !== 'enum' || each.values.length > 0
    return each
  })
  return isKnown
}

/** A name that CREATE TYPE has to have made: the values are not known yet. */
function isNameOnly(type: DataType): type is EnumType & { readonly name: string } {
  return type.kind === 'enum' && type.values.length === 0 && type.name !== undefined
}

/** The plan with texts in the place of enums, of BIT and of UNION, for who reads its rows. */
export function asShown(plan: LogicalPlan): LogicalPlan {
  return castColumns(
    plan,
    outputColumns(plan).map(({ type }) => shownType(type)),
  )
}

export function shownType(type: DataType): DataType {
  return mapLeaves(type, (each) =>
    each.kind === 'enum' || each.kind === 'bit' || isUnion(each) ? types.utf8 : each,
  )
}

/** The type with others in the place of those that have no types within them, and of unions. */
function mapLeaves(type: DataType, replace: (leaf: DataType) => DataType): DataType {
  switch (type.kind) {
    case 'list': {
      const item = mapLeaves(type.item, replace)
      return item === type.item ? type : { ...type, item }
    }
    case 'map': {
      const key = mapLeaves(type.key, replace)
      const value = mapLeaves(type.value, replace)
      return key === type.key && value === type.value ? type : { ...type, key, value }
    }
    case 'struct': {
      const whole = type.isUnion === true ? replace(type) : type
      if (whole !== type) return whole
      const fields = type.fields.map((field): StructType['fields'][number] => ({
        ...field,
        type: mapLeaves(field.type, replace),
      }))
      return fields.every((field, index) => field.type === type.fields[index]!.type)
        ? type
        : { ...type, fields }
    }
    default:
      return replace(type)
  }
}
