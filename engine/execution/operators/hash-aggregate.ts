import { LakebookError } from '../../errors.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import { explainExpression } from '../../plan/explain-expression.ts'
import { outputColumns } from '../../plan/output.ts'
import type { Aggregate, AggregateCall } from '../../plan/plan.ts'
import type { OpenPlan } from '../executor.ts'
import { runStream } from '../pipeline-run.ts'
import type { QueryContext } from '../query-context.ts'
import { RowPageSource } from '../sources/row-page-source.ts'
import type { PartSource, Stream } from '../stream.ts'
import { AggregateResultStep } from './aggregate-code.ts'
import { canCount, countedAggregate, mustCount } from './counted-aggregate.ts'
import { shapeAggregate, type AggregateShape } from './aggregate-shape.ts'
import { GroupedRows } from './grouped-rows.ts'
import { InitialStates, SingleGroup } from './single-group-sink.ts'

/**
 * Groups its input by hash, spilling when memory is short; without keys there is one group, also over no rows. Where the
 * values that states gather do not fit the heap, it begins anew with a plan that counts values instead.
 */
export async function openAggregate(context: QueryContext, plan: Aggregate, open: OpenPlan): Promise<Stream> {
  if (mustCount(plan)) return open(countedAggregate(plan))
  const { profile } = context
  const before = profile.operatorCount
  const shape = shapeAggregate(plan)
  const input = await open(plan.input)
  const operator = profile.operator('Aggregate', explainAggregate(plan), [input.operator])
  const owner = context.consumer(`Aggregate #${operator}`, plan.groups.length > 0)
  profile.stage('Aggregate')
  const opened = await openHashed(context, plan, { shape, input, operator, owner }).catch(
    (error: unknown) => {
      if (!canCount(plan) || !isShortOfMemory(error)) throw error
      return null
    },
  )
  if (opened !== null) return opened
  context.release(owner)
  profile.foldOperators(before, null)
  return open(countedAggregate(plan))
}

function isShortOfMemory(error: unknown): boolean {
  return error instanceof LakebookError && ['out_of_memory', 'budget_too_small'].includes(error.code)
}

interface OpenedAggregate {
  readonly shape: AggregateShape
  readonly input: Stream
  readonly operator: number
  readonly owner: PageOwner
}

/** Null when the values of one group are likely to outgrow the heap. */
async function openHashed(
  context: QueryContext,
  plan: Aggregate,
  { shape, input, operator, owner }: OpenedAggregate,
): Promise<Stream | null> {
  let expectedRows: number | null = 1
  let read: GroupedRows['read']
  let groups: GroupedRows | null = null
  if (plan.groups.length > 0) {
    groups = new GroupedRows(context, owner, shape, operator)
    await groups.run(input)
    if (canCount(plan) && groups.longestStates > context.runtime.pool.grantableBytes * SHARE_OF_STATES) {
      groups.close()
      return null
    }
    expectedRows = groups.groupCount
    read = groups.read.bind(groups)
  } else {
    const group = await runSingleGroup(context, input, shape, operator, owner)
    read = async (take) => {
      await take([{ pointer: group.row, bytes: shape.layout.width, rows: 1 }])
    }
  }
  const source: PartSource = {
    code: () => new RowPageSource(shape.layout),
    async feed(instance, code, run) {
      const base = (instance.block + (code as RowPageSource).base) >>> 2
      await read(async (pages) => {
        for (const { pointer, rows } of pages) {
          context.runtime.heap.u32[base] = pointer
          if (await run(0, rows)) return true
        }
        return false
      })
    },
  }
  return {
    columns: outputColumns(plan),
    parts: [{ source, steps: [new AggregateResultStep(shape, operator)] }],
    operator,
    expectedRows,
    close() {
      groups?.close()
      context.release(owner)
    },
  }
}

/** Of the memory at hand, what the states of a group may take: they are copied when they grow. */
const SHARE_OF_STATES = 1 / 6

async function runSingleGroup(
  context: QueryContext,
  input: Stream,
  shape: AggregateShape,
  operator: number,
  owner: PageOwner,
): Promise<SingleGroup> {
  const group = new SingleGroup(context.runtime, owner, shape)
  await runStream(context, oneEmptyRow(operator), new InitialStates(shape, group.row), operator)
  group.begin()
  await runStream(context, input, group, operator)
  context.profile.observeBytes(operator, owner.heldBytes)
  group.trim()
  return group
}

function oneEmptyRow(operator: number): Stream {
  const source: PartSource = {
    code: () => ({
      emit(_compiler, _index, next) {
        next()
      },
    }),
    async feed(_instance, _code, run) {
      await run(0, 1)
    },
  }
  return {
    columns: [],
    parts: [{ source, steps: [] }],
    operator,
    expectedRows: 1,
    close() {
      // There is nothing to free.
    },
  }
}

function explainAggregate({ groups, aggregates }: Aggregate): string {
  const calls = aggregates.map(explainCall).join(', ')
  const keys = groups.map(({ expression }) => explainExpression(expression)).join(', ')
  return keys === '' ? calls : `${calls === '' ? 'distinct' : calls} by ${keys}`
}

function explainCall({ fn, args }: AggregateCall): string {
  return fn === 'count_star' ? 'count(*)' : `${fn}(${args.map(explainExpression).join(', ')})`
}
