import { LakebookError } from '../../errors.ts'
import { explainExpression } from '../../plan/explain-expression.ts'
import { outputColumns } from '../../plan/output.ts'
import type { Sort, SortKey } from '../../plan/plan.ts'
import type { OpenPlan } from '../executor.ts'
import type { QueryContext } from '../query-context.ts'
import { SORT_ENTRY } from '../sinks/sort-entry.ts'
import { sortShape } from '../sinks/sort-sink.ts'
import { RowSource } from '../sources/row-source.ts'
import type { Stream } from '../stream.ts'
import type { SortedEntries } from '../sinks/sort-sink-runtime.ts'
import { arrivalColumn, sortStream, type SortedStream } from './sort-stream.ts'

/** Sorts its input, in the heap while it fits, else by runs in the spill file that are merged as they are read. */
export async function openSort(context: QueryContext, plan: Sort, open: OpenPlan): Promise<Stream> {
  const input = await open(plan.input)
  const detail = plan.keys.map(explainKey).join(', ') + (plan.limit === null ? '' : ` (first ${plan.limit})`)
  const operator = context.profile.operator(plan.limit === null ? 'Sort' : 'TopN', detail, [input.operator])
  const shape = sortShape(outputColumns(plan), plan.keys, { arrival: arrivalColumn(context) })
  const sorted = await sortStream(context, input, shape, { operator, limit: plan.limit })
  return {
    columns: outputColumns(plan),
    parts: [
      {
        steps: [],
        source: {
          code: () =>
            new RowSource(shape.layout, { stride: SORT_ENTRY.bytes, pointerOffset: SORT_ENTRY.row }),
          async feed(instance, code, run, makeRoom) {
            const base = (instance.block + (code as RowSource).base) >>> 2
            const next = () => nextWithRoom(sorted, makeRoom)
            for (let entries = next(); entries !== null; entries = next()) {
              context.runtime.heap.u32[base] = entries.pointer
              if (await run(0, entries.count)) return
            }
          },
        },
      },
    ],
    operator,
    expectedRows: input.expectedRows,
    close() {
      sorted.close()
    },
  }
}

/** Whoever takes the rows in may hold what the next of them need. */
function nextWithRoom(sorted: SortedStream, makeRoom: () => void): SortedEntries | null {
  try {
    return sorted.next()
  } catch (error) {
    if (!(error instanceof LakebookError) || error.code !== 'out_of_memory') throw error
    makeRoom()
    return sorted.next()
  }
}

function explainKey({ expression, descending, nullsFirst }: SortKey): string {
  return `${explainExpression(expression)}${descending ? ' DESC' : ''}${nullsFirst ? ' NULLS FIRST' : ''}`
}
