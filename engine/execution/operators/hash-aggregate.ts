import { explainExpression } from '../../plan/explain-expression.ts'
import { outputColumns } from '../../plan/output.ts'
import type { Aggregate, AggregateCall } from '../../plan/plan.ts'
import type { OpenPlan } from '../executor.ts'
import { runStream } from '../pipeline-run.ts'
import type { QueryContext } from '../query-context.ts'
import { RowPageSource } from '../sources/row-page-source.ts'
import type { PartSource, Stream } from '../stream.ts'
import { AggregateResultStep } from './aggregate-code.ts'
import { shapeAggregate, type AggregateShape } from './aggregate-shape.ts'
import { GroupedRows } from './grouped-rows.ts'
import { InitialStates, SingleGroup } from './single-group-sink.ts'

/** Groups its input by hash, spilling when memory is short; without keys there is one group, also over no rows. */
export async function openAggregate(context: QueryContext, plan: Aggregate, open: OpenPlan): Promise<Stream> {
  const { profile } = context
  const shape = shapeAggregate(plan)
  const input = await open(plan.input)
  const grouped = plan.groups.length > 0
  const operator = profile.operator('Aggregate', explainAggregate(plan), [input.operator])
  const owner = context.consumer(`Aggregate #${operator}`, grouped)
  profile.stage('Aggregate')
  let expectedRows: number | null = 1
  let read: GroupedRows['read']
  let groups: GroupedRows | null = null
  if (grouped) {
    groups = new GroupedRows(context, owner, shape, operator)
    await groups.run(input)
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

async function runSingleGroup(
  context: QueryContext,
  input: Stream,
  shape: AggregateShape,
  operator: number,
  owner: ReturnType<QueryContext['consumer']>,
): Promise<SingleGroup> {
  const group = new SingleGroup(context.runtime, owner, shape)
  await runStream(context, oneEmptyRow(operator), new InitialStates(shape, group.row), operator)
  group.begin()
  await runStream(context, input, group, operator)
  context.profile.observeBytes(operator, owner.heldBytes)
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
