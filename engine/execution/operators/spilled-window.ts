import { internalError } from '../../errors.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import { inSteps } from '../in-steps.ts'
import { PipelineCompiler } from '../pipeline-compiler.ts'
import type { QueryContext } from '../query-context.ts'
import { SORT_ENTRY } from '../sinks/sort-entry.ts'
import type { SortedEntries } from '../sinks/sort-sink-runtime.ts'
import { PipelineInstance, type Kernel } from '../thread-runtime.ts'
import { RunDecoder, RunWriter } from './sorted-run.ts'
import { WindowBlocks } from './window-blocks.ts'
import type { WindowShape } from './window-code.ts'
import { SpilledPartition } from './window-partition.ts'
import { emitSpilledWindow, type SpilledWindowCode } from './window-spilled-code.ts'
import { BLOCK_MISSING, SPILLED_PARTITION } from './window-spilled-rows.ts'
import { WindowTrees } from './window-trees.ts'

/** Code is to pause after this, or it is given more rows next time when it took much less. */
const PAUSE_MS = 8
const FIRST_SLICE_ROWS = 64
/** Results that are copies, and states of frames, may take so many bytes before they are handed on. */
const MUCH_SCRATCH_BYTES = 256 * 1024
const LASTING_BYTES = 65_536

interface Compiled {
  readonly instance: PipelineInstance
  readonly code: SpilledWindowCode
}

/** What was done of a partition before the rest of it went to the spill file. */
export interface BegunPartition {
  /** Rows at the head that were handed on already, and rows before those. */
  readonly repeated: number
  readonly before: number
  /** What the calls carry on. */
  readonly carried: readonly bigint[]
}

/**
 * Partitions that do not fit the heap. A partition is written to the spill file in blocks; then its rows become the
 * current ones block by block, and whatever a call wants to see of other rows is read from the file again, some blocks
 * of which stay in the heap. So a call costs as many passes over the partition as its frame has ends that move on their
 * own, and every call can be answered: in the worst case, rows at random, by reading a block for each row.
 *
 * ```
 *  spill file   | block 0 | block 1 | block 2 | … | block n |
 *                    ↑ start of the frame   ↑ current rows  ↑ end of the frame     a few blocks each in the heap
 *  in the heap  one tree node a block, for frames that are put together from nodes; what the calls carry on
 * ```
 */
export class SpilledWindow {
  readonly #context: QueryContext
  readonly #owner: PageOwner
  readonly #shape: WindowShape
  readonly #operator: number
  readonly #writer: RunWriter
  readonly #decoder: RunDecoder
  #compiled: Compiled | null = null
  #partition: SpilledPartition | null = null
  #blocks: WindowBlocks | null = null
  #trees: WindowTrees | null = null
  #lasting = 0
  /** The block of the current rows. */
  #current = 0
  #startedMs = 0
  #begun: BegunPartition = { repeated: 0, before: 0, carried: [] }

  /** `owner` pays for all that is in the heap. */
  constructor(context: QueryContext, owner: PageOwner, shape: WindowShape, operator: number) {
    this.#context = context
    this.#owner = owner
    this.#shape = shape
    this.#operator = operator
    this.#writer = new RunWriter(context, owner, shape.sort, context.profile.accountOf(operator))
    this.#decoder = new RunDecoder(context, owner, shape.sort)
  }

  /** Begins a partition, or what is left of one, in blocks of 2^shift rows. */
  begin(shift: number, begun: BegunPartition): SpilledPartition {
    this.#begun = begun
    this.#partition = new SpilledPartition(this.#writer, shift)
    return this.#partition
  }

  /** Hands on all rows of the partition that was begun, in order, with their results. True when no more are wanted. */
  async run(emit: (entries: SortedEntries) => Promise<boolean>): Promise<boolean> {
    const { profile } = this.#context
    const partition = this.#partition
    if (partition === null) throw internalError('no partition was begun')
    const name = this.#owner.reservation.consumer.name
    const bytes = partition.finish()
    this.#owner.reservation.recordSpill(bytes)
    profile.spilled(this.#operator, name, bytes)
    profile.stage('Window over a partition in the spill file')
    const compiled = (this.#compiled ??= this.#compile())
    const blocks = this.#open(compiled, partition)
    await this.#makeTrees(compiled, blocks)
    let stopped = false
    for (let block = 0; block < partition.blocks.length && !stopped; block++) {
      this.#makeCurrent(block)
      stopped = await this.#fillBlock(compiled, blocks, emit)
    }
    profile.observeBytes(this.#operator, this.#owner.heldBytes)
    profile.merged(this.#operator, name, Math.ceil(blocks.reads / partition.blocks.length))
    this.#closePartition()
    return stopped
  }

  close(): void {
    this.#closePartition()
    this.#writer.close()
    this.#decoder.close()
    this.#compiled?.instance.close()
    this.#compiled = null
  }

  #compile(): Compiled {
    const { runtime, constants } = this.#context
    const compiler = new PipelineCompiler({ shared: runtime.heap.shared, constants })
    const code = emitSpilledWindow(compiler, this.#shape)
    const program = compiler.program()
    const module = runtime.modules.compile(program.bytes)
    const instance = new PipelineInstance(runtime, program, module, this.#owner, (kind, argument) => {
      if (kind !== BLOCK_MISSING) throw internalError(`unknown event ${kind} of a window`)
      this.#onMissing(argument >>> 0)
      return 0
    })
    return { instance, code }
  }

  #open({ instance, code }: Compiled, partition: SpilledPartition): WindowBlocks {
    const { heap, scratch } = this.#context.runtime
    const trees = new WindowTrees(this.#owner, instance, code.trees, partition)
    this.#trees = trees
    const blocks = new WindowBlocks(this.#context, this.#owner, this.#decoder, partition, trees.bytesInBlock)
    this.#blocks = blocks
    this.#partition = null
    this.#lasting = this.#owner.allocate(LASTING_BYTES)
    scratch.open(this.#lasting, this.#owner, this.#lasting + 16, this.#lasting + LASTING_BYTES)
    const field = (name: keyof typeof SPILLED_PARTITION, value: number): void => {
      heap.u32[(instance.block + code.state + SPILLED_PARTITION[name]) >>> 2] = value
    }
    field('table', blocks.table)
    field('shift', partition.shift)
    field('rows', partition.rows)
    field('blockLevel', trees.blockLevel)
    field('last', 0)
    field('clock', 0)
    field('lasting', this.#lasting)
    field('first', this.#begun.repeated)
    heap.u64[(instance.block + code.state + SPILLED_PARTITION.before) >>> 3] = BigInt(this.#begun.before)
    code.carried.forEach((offset, index) => {
      heap.u64[(instance.block + offset) >>> 3] = this.#begun.carried[index] ?? 0n
    })
    return blocks
  }

  async #makeTrees({ code }: Compiled, blocks: WindowBlocks): Promise<void> {
    if (code.trees.length === 0) return
    for (let block = 0; block < blocks.partition.blocks.length; block++) {
      this.#makeCurrent(block)
      this.#trees!.takeInBlock(block)
      await this.#context.breathe()
    }
    this.#trees!.finish()
  }

  async #fillBlock(
    { instance, code }: Compiled,
    blocks: WindowBlocks,
    emit: (entries: SortedEntries) => Promise<boolean>,
  ): Promise<boolean> {
    const first = this.#current * blocks.partition.blockRows
    const { pointer, count } = blocks.entriesOf(this.#current)!
    const { repeated } = this.#begun
    let rows = FIRST_SLICE_ROWS
    for (let at = Math.min(count, Math.max(0, repeated - first)); at < count;) {
      const until = Math.min(count, at + rows)
      const startedMs = performance.now()
      let pauses = 0
      for (const name of code.calls) {
        pauses += await this.#fill(instance.exports[name]!, first + at > repeated, first + until)
      }
      const elapsedMs = performance.now() - startedMs
      const took = { elapsedMs: pauses > 0 ? 0 : elapsedMs, scratchBytes: instance.furtherScratchBytes }
      if (await emit({ pointer: pointer + at * SORT_ENTRY.bytes, count: until - at })) return true
      instance.resetScratch()
      await this.#context.breathe()
      rows = nextSliceRows(rows, took)
      at = until
    }
    return false
  }

  /** Fills in a call's results up to row `to`. Returns how often it paused. */
  async #fill(call: Kernel, begun: boolean, to: number): Promise<number> {
    const { instance, code } = this.#compiled!
    const { u32 } = this.#context.runtime.heap
    const pause = (instance.block + code.state + SPILLED_PARTITION.pause) >>> 2
    for (let pauses = 0; ; pauses++) {
      u32[pause] = 0
      this.#startedMs = performance.now()
      const resume = begun || pauses > 0 ? 1 : 0
      if (Number(call(instance.block, resume, to)) >= to) return pauses
      await this.#context.breathe()
    }
  }

  #makeCurrent(block: number): void {
    this.#current = block
    if (this.#blocks!.entriesOf(block) === null) this.#load(block, [])
  }

  #onMissing(block: number): void {
    this.#context.checkCancelled()
    const { instance, code } = this.#compiled!
    const { u32 } = this.#context.runtime.heap
    const state = (instance.block + code.state) >>> 2
    this.#load(block, [this.#current, u32[state + (SPILLED_PARTITION.last >>> 2)] ?? 0])
    if (performance.now() - this.#startedMs > PAUSE_MS) u32[state + (SPILLED_PARTITION.pause >>> 2)] = 1
  }

  #load(block: number, wanted: readonly number[]): void {
    const { instance, code } = this.#compiled!
    this.#context.runtime.heap.u32[(instance.block + code.state + SPILLED_PARTITION.clock) >>> 2]!++
    this.#blocks!.load(block, wanted)
    this.#trees!.takeInRows(block)
  }

  #closePartition(): void {
    this.#compiled?.instance.resetScratch()
    this.#trees?.close()
    this.#trees = null
    this.#blocks?.close()
    this.#blocks = null
    this.#partition?.free()
    this.#partition = null
    if (this.#lasting === 0) return
    this.#context.runtime.scratch.close(this.#lasting)
    this.#owner.free(this.#lasting, LASTING_BYTES)
    this.#lasting = 0
  }

  /** Appends rows to the partition that was begun. */
  append(entries: SortedEntries): Promise<void> {
    return inSteps(this.#context, this.#partition!.append(entries))
  }
}

function nextSliceRows(
  rows: number,
  took: { readonly elapsedMs: number; readonly scratchBytes: number },
): number {
  if (took.scratchBytes > MUCH_SCRATCH_BYTES || took.elapsedMs > 2 * PAUSE_MS) return Math.max(1, rows >>> 2)
  return took.elapsedMs < PAUSE_MS ? rows * 2 : rows
}
