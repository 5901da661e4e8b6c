import {
  arrayOf,
  decimal,
  isFloat,
  isInteger,
  isNumeric,
  listOf,
  structOf,
  types,
  type DataType,
  type StructType,
} from '../arrow/types.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import type { ColumnSelector } from './selector.ts'
import type { Value } from './values.ts'

/** The names under `pl.` that stand for a type by themselves. */
export const DTYPES: Readonly<Record<string, DataType>> = {
  Boolean: types.bool,
  Int8: types.int8,
  Int16: types.int16,
  Int32: types.int32,
  Int64: types.int64,
  UInt8: types.uint8,
  UInt16: types.uint16,
  UInt32: types.uint32,
  UInt64: types.uint64,
  Float32: types.float32,
  Float64: types.float64,
  String: types.utf8,
  Utf8: types.utf8,
  Categorical: types.utf8,
  Binary: types.binary,
  Date: types.date,
  Time: types.time,
  Datetime: types.timestamp,
  Duration: types.duration,
  Decimal: decimal(38, 0),
  Null: types.null,
}

/** Names of types that need arguments. */
export const PARAMETRISED: readonly string[] = ['List', 'Array', 'Struct', 'Field', 'Enum']

/** `pl.Datetime("us")`, `pl.List(pl.Int64)`, `pl.Decimal(15, 2)`. */
export function parametrisedDtype(
  name: string,
  args: readonly Value[],
  keywords: ReadonlyMap<string, Value>,
  span: SourceSpan | undefined,
): DataType {
  const textOf = (value: Value | undefined) =>
    value?.kind === 'scalar' && typeof value.value === 'string' ? value.value : null
  const numberOf = (value: Value | undefined, otherwise: number) =>
    value?.kind === 'scalar' && typeof value.value === 'bigint' ? Number(value.value) : otherwise
  switch (name) {
    case 'Datetime':
      return { kind: 'timestamp', zone: textOf(args[1] ?? keywords.get('time_zone')) }
    case 'Duration':
      return types.duration
    case 'Decimal':
      return decimal(
        numberOf(args[0] ?? keywords.get('precision'), 38),
        numberOf(args[1] ?? keywords.get('scale'), 0),
      )
    case 'List': {
      const item = args[0] ?? keywords.get('inner')
      if (item?.kind !== 'dtype')
        throw new LakebookError('invalid_argument', 'pl.List needs the type of its items', { span })
      return listOf(item.type)
    }
    case 'Array': {
      const [item, shape] = [args[0] ?? keywords.get('inner'), args[1] ?? keywords.get('shape')]
      if (item?.kind !== 'dtype' || numberOf(shape, 0) < 1) {
        throw new LakebookError('invalid_argument', 'pl.Array needs the type of its items and their number', {
          span,
        })
      }
      return arrayOf(item.type, numberOf(shape, 0))
    }
    case 'Struct':
      return structOf(fieldsOf(args[0] ?? keywords.get('fields'), span))
    case 'Enum':
      return { kind: 'enum', values: categoriesOf(args[0] ?? keywords.get('categories'), span) }
    case 'Field':
      return structOf(fieldsOf({ kind: 'list', items: [{ kind: 'list', items: args }] }, span))
    default: {
      const plain = DTYPES[name]
      if (plain !== undefined && args.length === 0 && keywords.size === 0) return plain
      throw unsupported(`pl.${name} with arguments`, span)
    }
  }
}

function categoriesOf(given: Value | undefined, span: SourceSpan | undefined): readonly string[] {
  const texts = (given?.kind === 'list' ? given.items : []).flatMap((item) =>
    item.kind === 'scalar' && typeof item.value === 'string' ? [item.value] : [],
  )
  if (given?.kind === 'list' && texts.length === given.items.length && new Set(texts).size === texts.length) {
    if (texts.length > 0) return texts
  }
  throw new LakebookError('invalid_argument', 'pl.Enum needs its categories, each once', {
    span,
    hint: 'Write pl.Enum(["low", "high"]).',
  })
}

/** `{"a": pl.Int64}`, `[pl.Field("a", pl.Int64)]`. */
function fieldsOf(given: Value | undefined, span: SourceSpan | undefined): StructType['fields'] {
  const wanted = () =>
    new LakebookError('invalid_argument', 'pl.Struct needs names and types', {
      span,
      hint: 'Write pl.Struct({"a": pl.Int64}).',
    })
  const field = (name: Value | undefined, type: Value | undefined) => {
    if (name?.kind !== 'scalar' || typeof name.value !== 'string' || type?.kind !== 'dtype') throw wanted()
    return { name: name.value, type: type.type }
  }
  if (given?.kind === 'dict') return given.entries.map(([name, type]) => field(name, type))
  if (given?.kind !== 'list') throw wanted()
  return given.items.flatMap((item) => {
    if (item.kind === 'dtype' && item.type.kind === 'struct') return item.type.fields
    if (item.kind === 'list') return field(item.items[0], item.items[1])
    throw wanted()
  })
}

/** What Polars calls the type. */
export function polarsTypeName(type: DataType): string {
  switch (type.kind) {
    case 'decimal':
      return `Decimal(precision=${type.precision}, scale=${type.scale})`
    case 'timestamp':
      return `Datetime(time_unit='us', time_zone=${type.zone === null ? 'None' : `'${type.zone}'`})`
    case 'duration':
      return "Duration(time_unit='us')"
    case 'list':
      return type.size === undefined
        ? `List(${polarsTypeName(type.item)})`
        : `Array(${polarsTypeName(type.item)}, shape=(${type.size},))`
    case 'enum':
      return `Enum(categories=[${type.values.map((value) => `'${value}'`).join(', ')}])`
    case 'struct':
      return `Struct({${type.fields.map(({ name, type: own }) => `'${name}': ${polarsTypeName(own)}`).join(', ')}})`
    default:
      return Object.entries(DTYPES).find(([, known]) => known.kind === type.kind)?.[0] ?? type.kind
  }
}

function byType(label: string, matches: (type: DataType) => boolean): ColumnSelector {
  return { kind: 'types', label, matches }
}

function isTemporal(type: DataType): boolean {
  return ['date', 'time', 'timestamp', 'duration'].includes(type.kind)
}

/** The selectors of `polars.selectors` that take no arguments. */
export const TYPE_SELECTORS: Readonly<Record<string, ColumnSelector>> = {
  all: { kind: 'all' },
  first: { kind: 'position', index: 0 },
  last: { kind: 'position', index: -1 },
  numeric: byType('numeric', isNumeric),
  integer: byType('integer', isInteger),
  signed_integer: byType('signed_integer', (type) => type.kind.startsWith('int') && isInteger(type)),
  unsigned_integer: byType('unsigned_integer', (type) => type.kind.startsWith('uint')),
  float: byType('float', isFloat),
  decimal: byType('decimal', (type) => type.kind === 'decimal'),
  string: byType('string', (type) => type.kind === 'utf8'),
  boolean: byType('boolean', (type) => type.kind === 'bool'),
  date: byType('date', (type) => type.kind === 'date'),
  datetime: byType('datetime', (type) => type.kind === 'timestamp'),
  duration: byType('duration', (type) => type.kind === 'duration'),
  time: byType('time', (type) => type.kind === 'time'),
  temporal: byType('temporal', isTemporal),
  binary: byType('binary', (type) => type.kind === 'binary'),
  list: byType('list', (type) => type.kind === 'list'),
  struct: byType('struct', (type) => type.kind === 'struct'),
  nested: byType('nested', (type) => type.kind === 'list' || type.kind === 'struct'),
  enum: byType('enum', (type) => type.kind === 'enum'),
  categorical: byType('categorical', () => false),
  object: byType('object', () => false),
  empty: { kind: 'names', names: [], required: false },
}
