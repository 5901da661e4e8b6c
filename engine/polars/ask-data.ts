import { types } from '../arrow/types.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import type { LogicalPlan } from '../plan/plan.ts'
import { AggregateCollector } from './aggregate-collector.ts'
import type { PolarsCatalog } from './catalog-tables.ts'
import { projectFrame, withoutOrder, withTotalOrder, type Frame } from './frame.ts'
import { call, castTo, int64, literal } from './lowered.ts'
import { columnReference } from '../plan/column-ids.ts'

/** Never part of a name: separates names in an answer. */
const SEPARATOR = '\u001f'

/** More columns than anybody looks at. */
export const MOST_COLUMNS = 1000

function ask(
  catalog: PolarsCatalog,
  plan: LogicalPlan,
  what: string,
  span: SourceSpan | undefined,
): string | null {
  if (catalog.ask === undefined)
    throw unsupported(`${what}, which is known only when the cell has run,`, span)
  return catalog.ask(plan)
}

/** How many rows the frame has. The frame is computed for it. */
export function askCount(
  catalog: PolarsCatalog,
  frame: Frame,
  what: string,
  span: SourceSpan | undefined,
): number {
  const collector = new AggregateCollector()
  const count = collector
    .sink(
      () => [],
      () => int64(0),
    )
    .rowCount(null)
  const plan: LogicalPlan = {
    kind: 'aggregate',
    input: withoutOrder(frame.plan),
    groups: [],
    aggregates: collector.calls,
  }
  const text = { name: 'count', expression: castTo(count, types.utf8) }
  return Number(ask(catalog, projectFrame({ plan, columns: [], order: null }, [text]).plan, what, span) ?? 0)
}

/** The texts of the frame's only column, in order. The frame is computed for it. */
export function askTexts(
  catalog: PolarsCatalog,
  given: Frame,
  what: string,
  span: SourceSpan | undefined,
): readonly string[] {
  const frame = withTotalOrder(given)
  const [column] = frame.columns
  if (column?.type.kind !== 'utf8') throw new LakebookError('internal', 'only texts can be asked for')
  const collector = new AggregateCollector()
  const sink = collector.sink(
    () => frame.order.keys,
    () => int64(0),
  )
  const separator = literal(SEPARATOR, types.utf8)
  const joined = sink.emit('string_agg', [columnReference(column), separator], {
    orderBy: frame.order.keys,
  })
  const parts = [
    castTo(sink.rowCount(null), types.utf8),
    separator,
    call('coalesce', [joined, literal('', types.utf8)]),
  ]
  const plan: LogicalPlan = { kind: 'aggregate', input: frame.plan, groups: [], aggregates: collector.calls }
  const text = { name: 'texts', expression: parts.reduce((left, right) => call('||', [left, right])) }
  const answer = ask(catalog, projectFrame({ plan, columns: [], order: null }, [text]).plan, what, span) ?? ''
  const [count = '0', ...texts] = answer.split(SEPARATOR)
  if (Number(count) === 0) return []
  if (Number(count) > MOST_COLUMNS) {
    throw unsupported(
      `${what} with ${Number(count).toLocaleString('en-US')} columns`,
      span,
      `At most ${MOST_COLUMNS} are made.`,
    )
  }
  if (texts.length !== Number(count)) throw unsupported(`${what} with such names`, span)
  return texts
}
