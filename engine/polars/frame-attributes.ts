import type { SourceSpan } from '../errors.ts'
import { askCount } from './ask-data.ts'
import type { PolarsCatalog } from './catalog-tables.ts'
import { frameMethodNames } from './frame-methods.ts'
import type { Frame } from './frame.ts'
import { unknownMethod } from './unknown-name.ts'
import { scalar, type Value } from './values.ts'

/** How many rows the frame has, which is computed for it. */
export function countOf(frame: Frame, catalog: PolarsCatalog, span: SourceSpan | undefined): Value {
  return scalar(BigInt(askCount(catalog, frame, 'The number of rows of a frame', span)))
}

const ATTRIBUTES = ['columns', 'width', 'height', 'shape', 'schema', 'dtypes']

/** What a frame knows about itself: `frame.columns`, `series.name`. */
export function frameAttribute(
  { frame, isSeries }: Extract<Value, { kind: 'frame' }>,
  name: string,
  catalog: PolarsCatalog,
  nameSpan: SourceSpan | undefined,
): Value {
  const { columns } = frame
  const [first] = columns
  if (isSeries === true && first !== undefined) {
    if (name === 'name') return scalar(first.name)
    if (name === 'dtype') return { kind: 'dtype', type: first.type }
    if (name === 'shape') return { kind: 'list', items: [countOf(frame, catalog, nameSpan)] }
  }
  switch (name) {
    case 'columns':
      return { kind: 'list', items: columns.map((column) => scalar(column.name)) }
    case 'width':
      return scalar(BigInt(columns.length))
    case 'height':
      return countOf(frame, catalog, nameSpan)
    case 'shape':
      return { kind: 'list', items: [countOf(frame, catalog, nameSpan), scalar(BigInt(columns.length))] }
    case 'dtypes':
      return { kind: 'list', items: columns.map(({ type }) => ({ kind: 'dtype', type })) }
    case 'schema':
      return {
        kind: 'dict',
        entries: columns.map(
          (column) => [scalar(column.name), { kind: 'dtype', type: column.type }] as const,
        ),
      }
    default: {
      const known = [...frameMethodNames(), ...ATTRIBUTES]
      throw unknownMethod(`\`${name}\` of a frame`, name, known, nameSpan)
    }
  }
}
