import { columnReference } from '../plan/column-ids.ts'
import { unsupported } from '../errors.ts'
import { askCount, MOST_COLUMNS } from './ask-data.ts'
import type { PolarsCatalog } from './catalog-tables.ts'
import { columnsNamed } from './frame-rows.ts'
import { ascending, findColumn, projectFrame, type Frame } from './frame.ts'
import { call, int64 } from './lowered.ts'
import { Lowering } from './lowering.ts'
import type { BoundArguments } from './parameters.ts'
import { RUNNING, WHOLE_PARTITION } from './stage.ts'
import type { Value } from './values.ts'

const GROUP = '\0group'

/** frame.partition_by(...): a frame for each group, in order of appearance. The data is asked how many there are. */
export function partitionFrame(frame: Frame, args: BoundArguments, catalog: PolarsCatalog): Value {
  const { span } = args
  if (args.bool('as_dict', false))
    throw unsupported('The argument `as_dict` of `partition_by`', span, 'Leave it out.')
  const by = columnsNamed(frame, [...args.expressions('by'), ...args.expressions('more_by')], 'partition_by')
  const lowering = new Lowering(frame)
  const ordinal = lowering.stage.ordinal()
  const partitionBy = by.map(columnReference)
  const first = lowering.stage.window('min', [ordinal], { partitionBy, orderBy: [] }, WHOLE_PARTITION)
  const number = lowering.stage.window(
    'dense_rank',
    [],
    { partitionBy: [], orderBy: [ascending(first)] },
    RUNNING,
  )
  const kept = args.bool('include_key', true)
    ? frame.columns
    : frame.columns.filter((column) => !by.includes(column))
  const numbered = projectFrame(lowering.stage.finish(), [
    ...kept.map((column) => ({ name: column.name, expression: columnReference(column) })),
    { name: GROUP, expression: number },
  ])
  const group = columnReference(findColumn(numbered, GROUP, span))
  const keys = by.map((column) => ({
    output: column,
    expression: columnReference(column),
  }))
  const groups: Frame = {
    plan: { kind: 'aggregate', input: frame.plan, groups: keys, aggregates: [] },
    columns: by,
    order: null,
  }
  const count = askCount(catalog, groups, '`partition_by`', span)
  if (count > MOST_COLUMNS)
    throw unsupported(`\`partition_by\` into ${count} frames`, span, 'Use group_by(...).agg(...).')
  const visible = numbered.columns.filter((column) => column.name !== GROUP)
  const items = Array.from({ length: count }, (_, i): Value => {
    const predicate = call('=', [group, int64(i + 1)])
    const rows: Frame = { ...numbered, plan: { kind: 'filter', input: numbered.plan, predicate } }
    const outputs = visible.map((column) => ({ name: column.name, expression: columnReference(column) }))
    return { kind: 'frame', frame: projectFrame(rows, outputs) }
  })
  return { kind: 'list', items }
}
