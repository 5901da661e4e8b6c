import { internalError, unreachable } from '../errors.ts'
import { columnReference } from '../plan/column-ids.ts'
import { explainExpression } from '../plan/explain-expression.ts'
import { conjuncts } from '../plan/expression-tree.ts'
import { outputColumns } from '../plan/output.ts'
import type {
  Expression,
  Filter,
  Limit,
  LogicalPlan,
  Project,
  RowNumber,
  Scan,
  Union,
  Unnest,
  Window,
} from '../plan/plan.ts'
import { openAggregate } from './operators/hash-aggregate.ts'
import { openJoin } from './operators/join.ts'
import { scanOfRecursion, scanOfWorkingTable } from './operators/recursion.ts'
import { scanOfShared } from './operators/shared.ts'
import { openSort } from './operators/sort.ts'
import { openValues } from './operators/values.ts'
import { openWindow } from './operators/window.ts'
import type { QueryContext } from './query-context.ts'
import { amongKeys, knownKeys, wantedRows, withRows } from './scan-keys.ts'
import { ScanPart } from './sources/scan-part.ts'
import { FilterStep } from './steps/filter.ts'
import { LimitStep } from './steps/limit.ts'
import { ProjectStep } from './steps/project.ts'
import { numberRows } from './steps/row-number.ts'
import { UnnestStep } from './steps/unnest.ts'
import { withStep, type LaterParts, type Stream } from './stream.ts'

/** Opens a plan node: runs everything that must be complete before its first row. The caller closes the stream. */
export type OpenPlan = (plan: LogicalPlan) => Promise<Stream>

/** Opens a plan in this query. */
export async function openPlan(context: QueryContext, plan: LogicalPlan): Promise<Stream> {
  const open: OpenPlan = (input) => openPlan(context, input)
  context.checkCancelled()
  switch (plan.kind) {
    case 'scan':
      return openScan(context, plan)
    case 'values':
      return openValues(context, plan)
    case 'filter':
      return openFilter(context, plan, open)
    case 'project':
      return openProject(plan, open)
    case 'limit':
      return openLimit(context, plan, open)
    case 'union':
      return openUnion(context, plan, open)
    case 'unnest':
      return openUnnest(context, plan, open)
    case 'row_number':
      return openRowNumber(context, plan, open)
    case 'aggregate':
      return openAggregate(context, plan, open)
    case 'sort':
      return openSort(context, plan, open)
    case 'join':
      return openJoin(context, plan, open)
    case 'window':
      return numbersRows(plan) ? openNumbering(context, plan, open) : openWindow(context, plan, open)
    case 'shared':
      return openScan(context, await scanOfShared(context, plan, open))
    case 'recursion':
      return openScan(context, await scanOfRecursion(context, plan, openPlan))
    case 'working_table':
      return openScan(context, scanOfWorkingTable(context, plan))
    default:
      return unreachable(plan)
  }
}

async function openScan(context: QueryContext, plan: Scan): Promise<Stream> {
  const { table, columns, filters, predicates, rowNumber = null } = plan
  const provider = context.run.tableOf(plan.provider)
  const { profile } = context
  const keys = knownKeys(context, plan)
  const scanned = await provider.planScan({
    columns: columns.map((column) => column.source),
    predicates,
    keys: keys.map(({ column, filter }) => ({ column: column.source, range: filter })),
  })
  const wanted = wantedRows(context, plan)
  const read = wanted === null ? scanned : withRows(scanned, wanted.filter)
  profile.prunedBy({ table, steps: read.pruning })
  const rows = read.morsels.reduce((sum, morsel) => sum + morsel.rows, 0)
  profile.expectRows(rows)
  const operator = profile.operator('Scan', table, [])
  const source = new ScanPart(
    context,
    {
      provider,
      columns: columns.map((column) => ({
        column,
        dictionary: provider.isDictionary?.(column.source) ?? false,
        index: column.source,
      })),
      rowNumber,
    },
    read,
    operator,
  )
  const scan: Stream = {
    columns: outputColumns(plan),
    parts: [{ source, steps: [] }],
    operator,
    expectedRows: rows,
    close() {},
  }
  const all = wanted === null ? keys : [wanted, ...keys]
  const kept = all.reduce((stream, known) => amongKeys(context, stream, known), scan)
  return filters.length === 0 ? kept : filtered(context, kept, filters)
}

async function openFilter(context: QueryContext, plan: Filter, open: OpenPlan): Promise<Stream> {
  return filtered(context, await open(plan.input), conjuncts(plan.predicate))
}

function filtered(context: QueryContext, input: Stream, predicates: readonly Expression[]): Stream {
  const detail = predicates
    .map((predicate) => {
      const text = explainExpression(predicate)
      return predicates.length > 1 && predicate.kind === 'call' && predicate.fn === 'or' ? `(${text})` : text
    })
    .join(' AND ')
  const operator = context.profile.operator('Filter', detail, [input.operator])
  return withStep(input, input.columns, operator, () => new FilterStep(predicates, operator))
}

async function openProject(plan: Project, open: OpenPlan): Promise<Stream> {
  const input = await open(plan.input)
  return withStep(input, outputColumns(plan), input.operator, () => new ProjectStep(plan.items))
}

async function openLimit(context: QueryContext, plan: Limit, open: OpenPlan): Promise<Stream> {
  const input = await open(plan.input)
  const detail = plan.offset === 0 ? `${plan.limit}` : `${plan.limit ?? 'all'} from ${plan.offset}`
  const operator = context.profile.operator('Limit', detail, [input.operator])
  if (plan.limit === 0) return { ...input, operator, parts: [] }
  return limited(context, input, plan, operator)
}

/** A limit counts over all parts, so its state cannot live in one pipeline's block: the parts share a counter. */
function limited(context: QueryContext, input: Stream, plan: Limit, operator: number): Stream {
  const counter = context.constants.reserve(8)
  context.runtime.heap.i64[counter >>> 3] = 0n
  return withStep(
    input,
    input.columns,
    operator,
    () => new LimitStep(plan.limit, plan.offset, counter, operator),
  )
}

/** Its inputs are opened one after the other, so that what one of them holds is gone before the next one begins. */
function openUnion(context: QueryContext, plan: Union, open: OpenPlan): Stream {
  const { profile } = context
  const operator = profile.operator('Union', '', [])
  return {
    columns: plan.columns,
    parts: plan.inputs.map((input): LaterParts => ({
      steps: [],
      async open() {
        const stream = await open(input)
        profile.addInput(operator, stream.operator, 'last')
        const items = plan.columns.map((output, index) => {
          const column = stream.columns[index]
          if (column === undefined) throw internalError('an input of UNION has too few columns')
          return { output, expression: columnReference(column) }
        })
        return withStep(stream, plan.columns, operator, () => new ProjectStep(items))
      },
    })),
    operator,
    expectedRows: null,
    close: () => undefined,
  }
}

async function openUnnest(context: QueryContext, plan: Unnest, open: OpenPlan): Promise<Stream> {
  const input = await open(plan.input)
  const detail = plan.items.map((item) => explainExpression(item.expression)).join(', ')
  const operator = context.profile.operator('Unnest', detail, [input.operator])
  return withStep(
    input,
    outputColumns(plan),
    operator,
    () => new UnnestStep(plan.items, plan.keepEmpty, operator),
  )
}

async function openRowNumber(context: QueryContext, plan: RowNumber, open: OpenPlan): Promise<Stream> {
  return numberRows(context, await open(plan.input), plan.output, 0n)
}

/** Whether a window only numbers all rows in the order in which they come, for which they need not be kept. */
function numbersRows({ partitionBy, orderBy, calls }: Window): boolean {
  const isWhole = partitionBy.length === 0 && orderBy.length === 0
  return isWhole && calls.every(({ fn, filter }) => fn === 'row_number' && filter === null)
}

async function openNumbering(context: QueryContext, plan: Window, open: OpenPlan): Promise<Stream> {
  const input = await open(plan.input)
  return plan.calls.reduce((stream, { output }) => numberRows(context, stream, output, 1n), input)
}
