import { explainExpression } from '../../plan/explain-expression.ts'
import { outputColumns } from '../../plan/output.ts'
import type { Sort, SortKey } from '../../plan/plan.ts'
import type { OpenPlan } from '../executor.ts'
import { inSteps } from '../in-steps.ts'
import { runStream } from '../pipeline-run.ts'
import type { QueryContext } from '../query-context.ts'
import { SORT_ENTRY, sortShape, type SortShape } from '../sinks/sort-sink.ts'
import { SortSinkRuntime, type SortedEntries } from '../sinks/sort-sink-runtime.ts'
import { RowSource } from '../sources/row-source.ts'
import type { Stream } from '../stream.ts'
import { boundByShare } from './memory-share.ts'
import { SortedRuns } from './sort-merge.ts'

/** Of what could be granted when a sort begins: the longer the runs, the fewer there are to merge. */
const SORT_SHARE = 3 / 4

/** Sorts its input, in the heap while it fits, else by runs in the spill file that are merged as they are read. */
export async function openSort(context: QueryContext, plan: Sort, open: OpenPlan): Promise<Stream> {
  const input = await open(plan.input)
  const detail = plan.keys.map(explainKey).join(', ') + (plan.limit === null ? '' : ` (first ${plan.limit})`)
  const operator = context.profile.operator(plan.limit === null ? 'Sort' : 'TopN', detail, [input.operator])
  const shape = sortShape(outputColumns(plan), plan.keys)
  const sorted = await sortStream(context, input, shape, { operator, limit: plan.limit })
  return {
    columns: outputColumns(plan),
    parts: [
      {
        steps: [],
        source: {
          code: () =>
            new RowSource(shape.layout, { stride: SORT_ENTRY.bytes, pointerOffset: SORT_ENTRY.row }),
          async feed(instance, code, run) {
            const base = (instance.block + (code as RowSource).base) >>> 2
            for (let entries = sorted.next(); entries !== null; entries = sorted.next()) {
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

/** Rows in order: entries that stay valid until the next call, null at the end. */
export interface SortedStream {
  next(): SortedEntries | null
  /** All entries at once, when nothing was spilled. */
  readonly inHeap: SortedEntries | null
  /** Gives back the memory that `inHeap` takes: the rows are read from the spill file instead. Null: they cannot be. */
  readonly toFile: (() => Promise<SortedStream>) | null
  close(): void
}

/** Runs a stream into a sort. `Sort #operator` is the consumer. */
export async function sortStream(
  context: QueryContext,
  input: Stream,
  shape: SortShape,
  options: { readonly operator: number; readonly limit: number | null },
): Promise<SortedStream> {
  const { operator, limit } = options
  const { profile, runtime } = context
  const name = `Sort #${operator}`
  const owner = context.consumer(name, true)
  boundByShare(context, owner, SORT_SHARE)
  profile.stage('Sort')
  const runs = runtime.spill === null ? null : new SortedRuns(context, owner, shape, operator)
  const sink = new SortSinkRuntime(runtime, owner, shape, {
    operator,
    limit,
    spill:
      runs === null
        ? null
        : function* (sorted) {
            profile.observeBytes(operator, owner.heldBytes)
            const bytes = yield* runs.write(sorted)
            owner.reservation.recordSpill(bytes)
            profile.spilled(operator, name, bytes)
          },
  })
  context.onClose(() => {
    sink.close()
    runs?.close()
  })
  await runStream(context, input, sink, operator)
  profile.observeBytes(operator, owner.heldBytes)
  let left = limit ?? Number.POSITIVE_INFINITY
  const mergeRuns = async (): Promise<SortedStream> => {
    sink.close()
    owner.mostBytes = Number.POSITIVE_INFINITY
    profile.stage(`Merge ${runs!.count} runs`)
    const startedMs = performance.now()
    await runs!.reduce()
    profile.addTime(operator, performance.now() - startedMs)
    return {
      inHeap: null,
      toFile: null,
      next() {
        if (left <= 0) return null
        const entries = runs!.next()
        if (entries === null) return null
        const count = Math.min(entries.count, left)
        left -= count
        return { pointer: entries.pointer, count }
      },
      close() {
        runs!.close()
        context.release(owner)
      },
    }
  }
  if (runs === null || runs.count === 0) {
    const startedMs = performance.now()
    const sorted = await inSteps(context, sink.sortSteps())
    profile.addTime(operator, performance.now() - startedMs)
    owner.reservation.settle()
    let taken = false
    return {
      inHeap: sorted,
      toFile:
        runs === null
          ? null
          : async () => {
              await inSteps(context, sink.spillSteps())
              return mergeRuns()
            },
      next() {
        if (taken || sorted.count === 0) return null
        taken = true
        return sorted
      },
      close() {
        sink.close()
        context.release(owner)
      },
    }
  }
  await inSteps(context, sink.spillSteps())
  return mergeRuns()
}

function explainKey({ expression, descending, nullsFirst }: SortKey): string {
  return `${explainExpression(expression)}${descending ? ' DESC' : ''}${nullsFirst ? ' NULLS FIRST' : ''}`
}
