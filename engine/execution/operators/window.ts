import { LakebookError } from '../../errors.ts'
import { explainExpression } from '../../plan/explain-expression.ts'
import { newColumn } from '../../plan/column-ids.ts'
import { outputColumns } from '../../plan/output.ts'
import type { Column, Expression, Window, WindowFrame } from '../../plan/plan.ts'
import type { OpenPlan } from '../executor.ts'
import { PipelineCompiler } from '../pipeline-compiler.ts'
import type { QueryContext } from '../query-context.ts'
import type { RowField, RowLayout } from '../row-layout.ts'
import { SORT_ENTRY, sortShape, type SortShape } from '../sinks/sort-sink.ts'
import { SortSinkRuntime, type SortedEntries } from '../sinks/sort-sink-runtime.ts'
import { RowSource } from '../sources/row-source.ts'
import type { Stream } from '../stream.ts'
import { PipelineInstance, type Kernel } from '../thread-runtime.ts'
import { sortStream, type SortedStream } from './sort.ts'
import { repeatedRows } from './window-calls.ts'
import { emitWindowFunctions, type WindowShape } from './window-code.ts'
import type { WindowArgument } from './window-frame.ts'

/**
 * Sorts its input by partition and order, then fills in the results where the sorted rows have room for them.
 * When the sort spilled, whole partitions are gathered from the merge, some at a time; a single partition must fit.
 */
export async function openWindow(context: QueryContext, plan: Window, open: OpenPlan): Promise<Stream> {
  const input = await open(plan.input)
  const detail = plan.calls.map((call) => call.output.name).join(', ')
  const operator = context.profile.operator('Window', `${detail}${explainPartition(plan)}`, [input.operator])
  const shape = shapeWindow(plan)
  const sorted = await sortStream(context, input, shape.sort, { operator, limit: null })
  const code = compileWindow(context, shape)
  const source = (): RowSource => new RowSource(shape.sort.layout, ENTRY)
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
            if (sorted.inHeap === null) await feedPartitions(context, shape, sorted, code, emit, operator)
            else await feedAll(context, sorted.inHeap, code, emit)
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

const ENTRY = { stride: SORT_ENTRY.bytes, pointerOffset: SORT_ENTRY.row } as const

interface WindowCode {
  /** Fills in results: see `emitWindowFunctions`. */
  fill(entries: number, count: number, repeated: number, before: number): void
  /** How many of the rows come before the last partition. */
  boundary(entries: number, count: number): number
  /** How many of the rows come before the last group of peers. */
  peers(entries: number, count: number): number
  close(): void
}

type EmitEntries = (entries: SortedEntries) => Promise<boolean>

async function feedAll(
  context: QueryContext,
  all: SortedEntries,
  code: WindowCode,
  emit: EmitEntries,
): Promise<void> {
  if (all.count === 0) return
  context.profile.stage('Window')
  code.fill(all.pointer, all.count, 0, 0)
  await emit(all)
}

/** Bytes of rows that are gathered before partitions are handed on. */
const GATHERED_BYTES = 4 * 1024 * 1024

/**
 * Gathers rows of the merge and hands them on by whole partitions. A partition that outgrows the room is handed on in
 * parts that end with a group of peers, if every call can go on in the middle of one; the rows that LAG looks back at
 * are repeated at the head of the next part.
 */
async function feedPartitions(
  context: QueryContext,
  shape: WindowShape,
  sorted: SortedStream,
  code: WindowCode,
  emit: EmitEntries,
  operator: number,
): Promise<void> {
  const owner = context.consumer(`Window #${operator}`, false)
  const most = Math.min(GATHERED_BYTES, context.runtime.heap.usableBytes / 16)
  const copy = gatherer(context, shape.sort)
  let filling = openGathered(context, owner, shape.sort)
  let spare = openGathered(context, owner, shape.sort)
  context.onClose(() => {
    filling.close()
    spare.close()
    copy.close()
  })
  const lookback = shape.calls.map(({ call }) => repeatedRows(call))
  const canContinue = !lookback.includes(null)
  const longestLookback = Math.max(0, ...lookback.map((rows) => rows ?? 0))
  // Rows at the head that were handed on before, and rows of their partition before those.
  let repeated = 0
  let before = 0
  /** Fills in and hands on the first `count` rows. True when no more are wanted. */
  const handOn = async (count: number): Promise<boolean> => {
    const { pointer } = filling.entries
    code.fill(pointer, count, repeated, before)
    const fresh = { pointer: pointer + repeated * SORT_ENTRY.bytes, count: count - repeated }
    return fresh.count > 0 && (await emit(fresh))
  }
  const keepFrom = (index: number): void => {
    const { pointer, count } = filling.entries
    copyInto(copy, { pointer: pointer + index * SORT_ENTRY.bytes, count: count - index }, spare)
    filling.clear()
    ;[filling, spare] = [spare, filling]
  }
  for (let entries = sorted.next(); entries !== null; entries = sorted.next()) {
    await context.breathe()
    copyInto(copy, entries, filling)
    if (filling.store.heldBytes < most) continue
    const { pointer, count } = filling.entries
    const whole = code.boundary(pointer, count)
    if (whole > 0) {
      if (await handOn(whole)) return
      keepFrom(whole)
      repeated = 0
      before = 0
      continue
    }
    const part = canContinue ? code.peers(pointer, count) : 0
    if (part <= Math.max(repeated, longestLookback)) continue
    if (await handOn(part)) return
    const lookedBack = Math.min(longestLookback, part)
    keepFrom(part - lookedBack)
    before += part - lookedBack
    repeated = lookedBack
  }
  if (filling.count > repeated) await handOn(filling.count)
}

function openGathered(
  context: QueryContext,
  owner: ReturnType<QueryContext['consumer']>,
  shape: SortShape,
): SortSinkRuntime {
  return new SortSinkRuntime(context.runtime, owner, shape, {
    operator: 0,
    limit: null,
    spill: null,
    fromSpill: true,
  })
}

interface Gatherer {
  copy(entries: SortedEntries, into: SortSinkRuntime): void
  close(): void
}

/** A pipeline that copies rows, with what they point to, from one store into another. */
function gatherer(context: QueryContext, shape: SortShape): Gatherer {
  const { runtime, constants } = context
  const owner = context.consumer('Window copy', false)
  let target: SortSinkRuntime | null = null
  let compiled: {
    instance: PipelineInstance
    source: RowSource
    code: ReturnType<SortSinkRuntime['code']>
  } | null = null
  const compile = (into: SortSinkRuntime): NonNullable<typeof compiled> => {
    const source = new RowSource(shape.layout, ENTRY)
    const code = into.code()
    const program = new PipelineCompiler({ shared: runtime.heap.shared, constants }).compile(source, [], code)
    const module = runtime.modules.compile(program.bytes)
    const instance = new PipelineInstance(runtime, program, module, owner, (kind, argument) =>
      target!.onEvent(kind, argument),
    )
    return { instance, source, code }
  }
  return {
    copy(entries, into) {
      compiled ??= compile(into)
      const { instance, source, code } = compiled
      target = into
      into.attach(instance, code)
      runtime.heap.u32[(instance.block + source.base) >>> 2] = entries.pointer
      instance.run(0, entries.count)
      into.detach()
    },
    close() {
      compiled?.instance.close()
      compiled = null
    },
  }
}

function copyInto(copy: Gatherer, entries: SortedEntries, into: SortSinkRuntime): void {
  try {
    copy.copy(entries, into)
  } catch (error) {
    if (!(error instanceof LakebookError) || error.code !== 'out_of_memory') throw error
    throw new LakebookError(
      'out_of_memory',
      `One partition of a window does not fit the heap. ${error.message}`,
      {
        hint: 'Raise the heap budget, or partition the window more finely.',
        cause: error,
      },
    )
  }
}

function compileWindow(context: QueryContext, shape: WindowShape): WindowCode {
  const { runtime, constants } = context
  const compiler = new PipelineCompiler({ shared: runtime.heap.shared, constants })
  emitWindowFunctions(compiler, shape)
  const program = compiler.program()
  const module = runtime.modules.compile(program.bytes)
  const owner = context.consumer('Window code', false)
  const instance = new PipelineInstance(runtime, program, module, owner, () => 0)
  const call = (name: string, ...args: (number | bigint)[]): number => {
    const exported: Kernel = instance.exports[name]!
    return Number(exported(instance.block, ...args) ?? 0)
  }
  return {
    fill(entries, count, repeated, before) {
      call('window', entries, count, repeated, BigInt(before))
    },
    boundary: (entries, count) => call('boundary', entries, count),
    peers: (entries, count) => call('peers', entries, count),
    close() {
      instance.close()
      context.release(owner)
    },
  }
}

function shapeWindow(plan: Window): WindowShape {
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
  const sort = sortShape(columns, keys, { computed, reserved })
  const fieldOf = (column: Column): RowField => fieldIn(sort.layout, column)
  const locate = (given: Argument): WindowArgument =>
    'literal' in given
      ? { kind: 'literal', literal: given.literal }
      : { kind: 'field', field: fieldOf(given.column) }
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

/** What a call reads: a column of the sorted rows, or a literal. */
type Argument = { readonly literal: Expression } | { readonly column: Column }

function frameArguments(
  { start, end, range }: WindowFrame,
  argument: (expression: Expression) => Argument,
): Record<'start' | 'end' | 'rangeKey', Argument | null> {
  if (range !== undefined) {
    return {
      start: range.start && argument(range.start),
      end: range.end && argument(range.end),
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
