import { internalError } from '../errors.ts'
import { itemPhysical, physicalWidth, type DataType } from './types.ts'

/** Where the parts of a struct lie, from its first byte: fields, validity bytes, and then what fields point to. */
export interface StructPlaces {
  readonly offsets: readonly number[]
  /** Of the first field's validity byte; the others follow. */
  readonly valid: number
  readonly fixedBytes: number
}

export function structPlaces(type: DataType): StructPlaces {
  if (type.kind !== 'struct') throw internalError(`${type.kind} is not a struct`)
  let at = 0
  const offsets = type.fields.map((field) => {
    const offset = at
    at += physicalWidth(itemPhysical(field.type))
    return offset
  })
  return { offsets, valid: at, fixedBytes: at + type.fields.length }
}
