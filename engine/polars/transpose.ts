import { isNumeric, types, type DataType } from '../arrow/types.ts'
import { LakebookError, unsupported } from '../errors.ts'
import { columnReference } from '../plan/column-ids.ts'
import type { Column } from '../plan/plan.ts'
import { AggregateCollector } from './aggregate-collector.ts'
import { askCount, askTexts, MOST_COLUMNS } from './ask-data.ts'
import type { PolarsCatalog } from './catalog-tables.ts'
import { findColumn, projectFrame, withoutOrder, type Frame } from './frame.ts'
import { call, int64, literal } from './lowered.ts'
import { Lowering, WHOLE_FRAME } from './lowering.ts'
import type { BoundArguments } from './parameters.ts'
import { polarsCast } from './polars-cast.ts'
import { explodeFrame } from './reshape.ts'
import { RUNNING } from './stage.ts'
import { supertype } from './supertype.ts'

/** frame.transpose(...): rows become columns. The data is asked how many there are. */
export function transposeFrame(frame: Frame, args: BoundArguments, catalog: PolarsCatalog): Frame {
  const { span } = args
  const { header, names, columns } = namesOf(frame, args, catalog)
  const type = columns.reduce<DataType>((met, column) => commonType(met, column.type), types.null)
  const lowering = new Lowering(frame)
  const position = lowering.ordered('row_number', [], WHOLE_FRAME, RUNNING)
  const collector = new AggregateCollector()
  const sink = collector.sink(
    () => [],
    () => int64(0),
  )
  // a list over the old columns for each new one; the lists become rows in step
  const lists = names.map((name, i) => {
    const here = call('=', [position, int64(i + 1)])
    const cells = columns.map((column) =>
      sink.emit('max', [polarsCast(columnReference(column), type, false)], { filter: here }),
    )
    return { name, expression: call('list_value', cells) }
  })
  const labels = columns.map((column) => literal(column.name, types.utf8))
  const plan = {
    kind: 'aggregate',
    input: withoutOrder(lowering.stage.finish().plan),
    groups: [],
    aggregates: collector.calls,
  } as const
  const listed = projectFrame({ plan, columns: [], order: null }, [
    ...(header === null ? [] : [{ name: header, expression: call('list_value', labels) }]),
    ...lists,
  ])
  return explodeFrame(listed, listed.columns, span)
}

/** As Polars: numbers meet in a number, anything else in text. */
function commonType(a: DataType, b: DataType): DataType {
  const met = supertype(a, b)
  if (met === null) return types.utf8
  const isMixed = a.kind !== 'null' && isNumeric(a) !== isNumeric(b)
  return isMixed ? types.utf8 : met
}

function namesOf(frame: Frame, args: BoundArguments, catalog: PolarsCatalog) {
  const { span } = args
  const header = args.bool('include_header', false) ? args.string('header_name', 'column') : null
  const given = args.value('column_names')
  let columns: readonly Column[] = frame.columns
  let names: readonly string[]
  if (given?.kind === 'scalar' && typeof given.value === 'string') {
    const named = findColumn(frame, given.value, span)
    columns = columns.filter((column) => column !== named)
    const texts = projectFrame(frame, [
      { name: named.name, expression: polarsCast(columnReference(named), types.utf8, false) },
    ])
    names = askTexts(catalog, texts, '`transpose`', span)
  } else {
    const count = askCount(catalog, frame, '`transpose`', span)
    const list = given?.kind === 'list' ? args.strings('column_names') : null
    if (list !== null && list.length < count) throw args.invalid('column_names', `${count} names`)
    names = Array.from({ length: Math.min(count, MOST_COLUMNS + 1) }, (_, i) => list?.[i] ?? `column_${i}`)
  }
  if (names.length > MOST_COLUMNS || names.length * columns.length > 10 * MOST_COLUMNS) {
    throw unsupported('`transpose` of so many rows', span, 'Take fewer with head(n), or use unpivot.')
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw new LakebookError('invalid_argument', `Two columns would be called "${twice}"`, { span })
  if (names.length === 0 || columns.length === 0) throw unsupported('`transpose` of an empty frame', span)
  return { header, names, columns }
}
