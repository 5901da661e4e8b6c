import { listOf, structOf, type DataType } from '../../arrow/types.ts'
import {
  leafType,
  mapFlatColumn,
  type ColumnMapping,
  type Conversion,
  type NestedLeaf,
} from './column-types.ts'
import type { SchemaElement } from './footer.ts'

interface Mapped {
  readonly type: DataType
  readonly conversion: Conversion
}

/** What a top-level column of a Parquet schema is to us. */
export function mapColumn(element: SchemaElement): ColumnMapping {
  const flat = mapFlatColumn(element)
  if (flat !== null) return flat
  const leaves: NestedLeaf[] = []
  const mapped = mapElement(element, [element.name], leaves)
  const [first] = leaves
  if (typeof mapped === 'string' || first === undefined) {
    const what = typeof mapped === 'string' ? mapped : 'a group without columns'
    return { kind: 'unsupported', what, path: [element.name] }
  }
  return { kind: 'supported', ...mapped, ...first, listLevels: [], nested: { element, leaves } }
}

/** The decoder sees a repeated field as a list of it, whatever it is. A text says what cannot be read. */
function mapElement(element: SchemaElement, path: readonly string[], leaves: NestedLeaf[]): Mapped | string {
  const mapped = mapRequired(element, path, leaves)
  if (element.repetition !== 'repeated' || typeof mapped === 'string') return mapped
  return asList(mapped)
}

/** As if it were not repeated. */
function mapRequired(element: SchemaElement, path: readonly string[], leaves: NestedLeaf[]): Mapped | string {
  if (element.children.length === 0) return mapLeaf(element, path, leaves)
  const kind = element.annotation?.kind
  if (kind === 'list') return mapList(element, path, leaves)
  if (kind === 'map') return mapMap(element, path, leaves)
  return mapStruct(element, path, leaves)
}

function mapLeaf(leaf: SchemaElement, path: readonly string[], leaves: NestedLeaf[]): Mapped | string {
  const mapped = leafType(leaf)
  if (typeof mapped === 'string') return mapped
  const [type, conversion, decoderType] = mapped
  leaves.push({ leaf, decoderType: decoderType ?? { converted: null, float16: false }, path })
  return { type, conversion }
}

function mapStruct(element: SchemaElement, path: readonly string[], leaves: NestedLeaf[]): Mapped | string {
  const fields: { name: string; type: DataType }[] = []
  const conversions: Conversion[] = []
  for (const child of element.children) {
    const mapped = mapElement(child, [...path, child.name], leaves)
    if (typeof mapped === 'string') return mapped
    fields.push({ name: child.name, type: mapped.type })
    conversions.push(mapped.conversion)
  }
  return { type: structOf(fields), conversion: { kind: 'struct', fields: conversions } }
}

/**
 * The forms that writers have given lists, told apart as the format's rules for compatibility have it: the repeated
 * field is the item itself when it is a primitive, has several fields, is a list, has a repeated field, or has one of
 * two old names; else its only field is.
 */
function mapList(element: SchemaElement, path: readonly string[], leaves: NestedLeaf[]): Mapped | string {
  const [repeated] = element.children
  if (element.children.length !== 1 || repeated?.repetition !== 'repeated') return 'a LIST of another form'
  const inside = [...path, repeated.name]
  const [item] = repeated.children
  const isItem =
    repeated.children.length !== 1 ||
    repeated.annotation?.kind === 'list' ||
    item?.repetition === 'repeated' ||
    repeated.name === 'array' ||
    repeated.name === `${element.name}_tuple`
  const mapped = isItem
    ? mapRequired(repeated, inside, leaves)
    : mapElement(item!, [...inside, item!.name], leaves)
  return typeof mapped === 'string' ? mapped : asList(mapped)
}

function mapMap(element: SchemaElement, path: readonly string[], leaves: NestedLeaf[]): Mapped | string {
  const [entries] = element.children
  const [key, value] = entries?.children ?? []
  if (element.children.length !== 1 || entries?.repetition !== 'repeated' || key === undefined) {
    return 'a MAP of another form'
  }
  if (value === undefined || entries.children.length !== 2) return 'a MAP without values'
  const inside = [...path, entries.name]
  const keys = mapElement(key, [...inside, key.name], leaves)
  if (typeof keys === 'string') return keys
  const values = mapElement(value, [...inside, value.name], leaves)
  if (typeof values === 'string') return values
  const item: Conversion = { kind: 'struct', fields: [keys.conversion, values.conversion] }
  return { type: { kind: 'map', key: keys.type, value: values.type }, conversion: { kind: 'list', item } }
}

function asList({ type, conversion }: Mapped): Mapped {
  return { type: listOf(type), conversion: { kind: 'list', item: conversion } }
}
