import { internalError, LakebookError } from '../../errors.ts'
import { explainExpression } from '../../plan/explain-expression.ts'
import { columnsOf } from '../../plan/plan-tree.ts'
import { isVolatile } from '../../plan/expression-tree.ts'
import { newColumn } from '../../plan/column-ids.ts'
import { outputColumns } from '../../plan/output.ts'
import type { Column, Expression, Window, WindowFrame } from '../../plan/plan.ts'
import type { OpenPlan } from '../executor.ts'
import { PipelineCompiler } from '../pipeline-compiler.ts'
import type { QueryContext } from '../query-context.ts'
import type { RowField, RowLayout } from '../row-layout.ts'
import { SORT_ENTRY } from '../sinks/sort-entry.ts'
import { sortShape } from '../sinks/sort-sink.ts'
import type { SortedEntries } from '../sinks/sort-sink-runtime.ts'
import { RowSource } from '../sources/row-source.ts'
import type { Stream } from '../stream.ts'
import { PipelineInstance, type Kernel } from '../thread-runtime.ts'
import { canGather, gatheredWindow, needsNoOrder } from './gathered-window.ts'
import { arrivalColumn, sortStream, type SortedStream } from './sort-stream.ts'
import { emitWindowFunctions, type WindowShape } from './window-code.ts'
import type { WindowArgument } from './window-frame.ts'
import { emitSlides, SLIDES } from './window-slides.ts'
import { feedPartitions, type EmitEntries, type WindowCode } from './window-partitions.ts'

/** So many rows, and the rest of their last partition, are filled in before they are handed on. */
const PIECE_ROWS = 4096

/**
 * Sorts its input by partition and order, then fills in the results where the sorted rows have room for them. When the
 * sort spilled, partitions are gathered from the merge, some at a time (`feedPartitions`). Where calls gather all values
 * of a partition and not all is in the heap, it begins anew with a plan that gathers them by aggregates. What needs no
 * order is such an aggregate from the beginning (`needsNoOrder`).
 */
export async function openWindow(context: QueryContext, plan: Window, open: OpenPlan): Promise<Stream> {
  if (needsNoOrder(plan)) return open(gatheredWindow(plan))
  const before = context.profile.operatorCount
  const input = await open(plan.input)
  const detail = plan.calls.map((call) => call.output.name).join(', ')
  const operator = context.profile.operator('Window', `${detail}${explainPartition(plan)}`, [input.operator])
  const gathers = canGather(plan)
  // Its rows are needed in one piece.
  const shape = shapeWindow(plan, gathers ? null : arrivalColumn(context))
  let sorted = await sortStream(context, input, shape.sort, { operator, limit: null })
  const code = compileWindow(context, shape)
  let isFilled = false
  if (gathers) {
    isFilled = sorted.inHeap !== null && fill(context, sorted, sorted.inHeap, code)
    if (!isFilled) {
      code.close()
      sorted.close()
      context.profile.foldOperators(before, null)
      return open(gatheredWindow(plan))
    }
  }
  const source = (): RowSource =>
    new RowSource(shape.sort.layout, { stride: SORT_ENTRY.bytes, pointerOffset: SORT_ENTRY.row })
  return {
    columns: outputColumns(plan),
    parts: [
      {
        steps: [],
        source: {
          code: source,
          async feed(instance, rowSource, run) {
            const base = (instance.block + (rowSource as RowSource).base) >>> 2
            const emit = (entries: SortedEntries): Promise<boolean> => {
              context.runtime.heap.u32[base] = entries.pointer
              return run(0, entries.count)
            }
            if (sorted.inHeap !== null) {
              if (isFilled) {
                await emit(sorted.inHeap)
                return
              }
              const handedOn = await feedFromHeap(context, sorted, sorted.inHeap, code, emit)
              if (handedOn === null) return
              sorted = withoutFirst(handedOn, await sorted.toFile!())
            }
            await feedPartitions({ context, shape, code, operator }, sorted, emit)
          },
        },
      },
    ],
    operator,
    expectedRows: input.expectedRows,
    close() {
      code.close()
      sorted.close()
    },
  }
}

/**
 * Hands on partitions, some at a time: what was just filled in is still near. Null: all, or as many as are wanted. Else
 * the number of rows that were handed on when memory ran out.
 */
async function feedFromHeap(
  context: QueryContext,
  sorted: SortedStream,
  all: SortedEntries,
  code: WindowCode,
  emit: EmitEntries,
): Promise<number | null> {
  for (let at = 0; at < all.count;) {
    const piece = Math.min(all.count, at + PIECE_ROWS)
    const end = code.partitionEnd(all.pointer, piece - 1, all.count)
    const entries = { pointer: all.pointer + at * SORT_ENTRY.bytes, count: end - at }
    if (!fill(context, sorted, entries, code)) return at
    if (await emit(entries)) return null
    await context.breathe()
    at = end
  }
  return null
}

/** The rows behind the first `count`. */
function withoutFirst(count: number, sorted: SortedStream): SortedStream {
  let left = count
  return {
    inHeap: null,
    toFile: null,
    rows: sorted.rows,
    next() {
      for (;;) {
        const entries = sorted.next()
        if (entries === null || left === 0) return entries
        const dropped = Math.min(left, entries.count)
        left -= dropped
        if (dropped === entries.count) continue
        return { pointer: entries.pointer + dropped * SORT_ENTRY.bytes, count: entries.count - dropped }
      }
    },
    close: () => {
      sorted.close()
    },
  }
}

/** False when there is no memory for what the calls need beside the rows, which can go to the spill file. */
function fill(
  context: QueryContext,
  sorted: SortedStream,
  { pointer, count }: SortedEntries,
  code: WindowCode,
): boolean {
  if (count === 0) return true
  context.profile.stage('Window')
  try {
    code.fill(pointer, count, { repeated: 0, until: count, before: 0 })
  } catch (error) {
    const isShort = error instanceof LakebookError && error.code === 'out_of_memory'
    if (!isShort || sorted.toFile === null) throw error
    return false
  }
  return true
}

function compileWindow(context: QueryContext, shape: WindowShape): WindowCode {
  const { runtime, constants } = context
  const compiler = new PipelineCompiler({ shared: runtime.heap.shared, constants })
  const { carried, compare } = emitWindowFunctions(compiler, shape)
  const slides = emitSlides(compiler, shape, compare)
  const program = compiler.program()
  const module = runtime.modules.compile(program.bytes)
  const owner = context.consumer('Window code', false)
  const instance = new PipelineInstance(runtime, program, module, owner, () => 0)
  const call = (name: string, ...args: (number | bigint)[]): number => {
    const exported: Kernel = instance.exports[name]!
    return Number(exported(instance.block, ...args) ?? 0)
  }
  return {
    fill(entries, count, { repeated, until, before, total = 0 }) {
      instance.resetScratch()
      try {
        call('window', entries, count, repeated, until, BigInt(before), BigInt(total))
      } catch (error) {
        instance.resetScratch()
        throw error
      }
    },
    partitionEnd: (entries, from, count) => call('partition_end', entries, from, count),
    carried: () => carried.map((offset) => runtime.heap.u64[(instance.block + offset) >>> 3]!),
    boundary: (entries, count) => call('boundary', entries, count),
    peers: (entries, count) => call('peers', entries, count),
    slides(entries, count, repeated, limit) {
      if (slides === null) throw internalError('no frame of this window slides')
      const until = call('slides', entries, count, repeated, limit)
      const at = (instance.block + slides) >>> 2
      const { u32 } = runtime.heap
      return { until, from: u32[at + (SLIDES.from >>> 2)]!, widest: u32[at + (SLIDES.widest >>> 2)]! }
    },
    close() {
      instance.close()
      context.release(owner)
    },
  }
}

function shapeWindow(plan: Window, arrival: Column | null): WindowShape {
  const columns = outputColumns(plan.input)
  const computed: { column: Column; expression: Expression }[] = []
  const columnOf = (expression: Expression): Column => {
    const known =
      expression.kind === 'column' ? columns.find((column) => column.id === expression.id) : undefined
    if (known !== undefined) return known
    const column = newColumn(`argument ${computed.length + 1}`, expression.type, expression.nullable)
    computed.push({ column, expression })
    return column
  }
  const partition = plan.partitionBy.map(columnOf)
  const argument = (expression: Expression): Argument =>
    expression.kind === 'literal' ? { literal: expression } : { column: columnOf(expression) }
  const calls = plan.calls.map((call) => ({
    call,
    args: call.args.map(argument),
    filter: call.filter && columnOf(call.filter),
    ...frameArguments(call.frame, argument),
  }))
  const reserved = plan.calls.map((call) => call.output)
  const partitionKeys = plan.partitionBy.map((expression) => ({
    expression,
    descending: false,
    nullsFirst: false,
  }))
  // Computed keys were given a column above; sorting by that column computes them once.
  const keys = [...partitionKeys, ...plan.orderBy].map((key, index) => {
    const column = partition[index]
    if (column === undefined) return key
    const { id, name, type, nullable } = column
    return { ...key, expression: { kind: 'column', id, name, type, nullable } as const }
  })
  const sort = sortShape(columns, keys, { computed, reserved, arrival })
  const fieldOf = (column: Column): RowField => fieldIn(sort.layout, column)
  const locate = (given: Argument): WindowArgument => {
    if ('literal' in given) return { kind: 'literal', literal: given.literal }
    if ('column' in given) return { kind: 'field', field: fieldOf(given.column) }
    const { computed: expression } = given
    const wanted = columnsOf(expression)
    const fields = columns.filter(({ id }) => wanted.has(id)).map(fieldOf)
    return { kind: 'computed', expression, fields }
  }
  return {
    sort,
    partitionFields: partition.map(fieldOf),
    ordered: plan.orderBy.length > 0,
    calls: calls.map(({ call, args, filter, start, end, rangeKey }) => ({
      call,
      args: args.map(locate),
      filter: filter && fieldOf(filter),
      start: start && locate(start),
      end: end && locate(end),
      rangeKey: rangeKey && locate(rangeKey),
      result: fieldOf(call.output),
    })),
  }
}

/** What a call reads: a column of the sorted rows, something that is computed of them each time, or a literal. */
type Argument =
  { readonly literal: Expression } | { readonly column: Column } | { readonly computed: Expression }

function frameArguments(
  { start, end, range }: WindowFrame,
  argument: (expression: Expression) => Argument,
): Record<'start' | 'end' | 'rangeKey', Argument | null> {
  if (range !== undefined) {
    // a distance from the key costs less than room in each row
    const bound = (expression: Expression): Argument =>
      isVolatile(expression) ? argument(expression) : { computed: expression }
    return {
      start: range.start && bound(range.start),
      end: range.end && bound(range.end),
      rangeKey: argument(range.key),
    }
  }
  return {
    start: 'offset' in start ? argument(start.offset) : null,
    end: 'offset' in end ? argument(end.offset) : null,
    rangeKey: null,
  }
}

function fieldIn(layout: RowLayout, column: Column): RowField {
  return layout.fields.find((field) => field.column.id === column.id)!
}

function explainPartition(plan: Window): string {
  const partition = plan.partitionBy.map((expression) => explainExpression(expression)).join(', ')
  const order = plan.orderBy.map(({ expression }) => explainExpression(expression)).join(', ')
  return `${partition === '' ? '' : ` partition by ${partition}`}${order === '' ? '' : ` order by ${order}`}`
}
