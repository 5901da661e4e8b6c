import type { Local } from '../../codegen/assembler.ts'
import { types } from '../../arrow/types.ts'
import { validValue } from '../../functions/aggregates/values.ts'
import { newColumn } from '../../plan/column-ids.ts'
import type { Column } from '../../plan/plan.ts'
import type { PipelineCompiler, SourceCode } from '../pipeline-compiler.ts'
import { runStream } from '../pipeline-run.ts'
import type { QueryContext } from '../query-context.ts'
import { RowEncoder } from '../row-encoder.ts'
import { AllValid } from '../sources/all-valid.ts'
import { bindBatch, ColumnSource } from '../sources/column-source.ts'
import { RowPageSource } from '../sources/row-page-source.ts'
import type { PartSource, RunRange, Stream, StreamPart } from '../stream.ts'
import type { PipelineInstance } from '../thread-runtime.ts'
import type { OpenedJoin } from './join.ts'
import { CountSink, NullsStep, pushIsMatched } from './join-build-rows.ts'
import { JoinProbeStep, type BuildFacts } from './join-probe.ts'
import { JoinRows } from './join-rows.ts'
import { PROBE_CELL } from './probe-passes.ts'
import type { JoinSide } from './join-shape.ts'
import { LAST_PARTITION_LEVEL, PARTITIONS } from './row-partitions.ts'
import { BatchBuffer, SpilledPartitions, SpilledTogether, type SpilledBatches } from './spilled-partitions.ts'
import { spillInto } from './table-spill.ts'

/** Both sides of a join, cut by the same bits of the hash. */
interface PartitionPair {
  readonly build: SpilledTogether
  readonly probe: SpilledTogether
  /** How often the rows have been partitioned. */
  readonly level: number
  /** False when partitioning left all rows together: they have one key. */
  readonly splittable: boolean
}

/** Runs probe rows of the bound batch. */
type Probe = (batches: SpilledBatches) => Promise<boolean>

/** Memory beside the rows that taking one more batch in may need: pages that are not full, the directory. */
const CHUNK_SLACK_BYTES = 512 * 1024

/**
 * A join whose build side did not fit. Both sides are in the spill file by partitions of the hash; partition after
 * partition is built in the heap and probed. One that does not fit is cut again by further bits; where that does not
 * help, since all its rows have one key, it is built and probed in several passes, a chunk at a time, with a bit for
 * each probe row that met something in an earlier pass. Build rows that a join keeps are written out after each pass,
 * and read at the end.
 */
export class SpilledJoin {
  readonly #context: QueryContext
  readonly #join: OpenedJoin
  readonly #facts: BuildFacts
  readonly #cell: number
  readonly #allValid: AllValid
  readonly #ordinal: Column | null
  readonly #leftovers: SpilledPartitions
  readonly #leftoverEncoder: RowEncoder
  readonly #open = new Set<{ close(): void }>()

  constructor(context: QueryContext, join: OpenedJoin, facts: BuildFacts) {
    const { shape, owner, operator } = join
    this.#context = context
    this.#join = join
    this.#facts = facts
    this.#cell = context.constants.reserve(PROBE_CELL.bytes)
    this.#allValid = new AllValid(context)
    this.#ordinal = remembersProbeRows(join) ? newColumn('ordinal', types.int64, false) : null
    this.#leftovers = new SpilledPartitions(context, owner, shape.build.stored, operator)
    this.#hold(this.#leftovers)
    const matched = shape.mode.kind === 'build' && shape.mode.yields === 'semi'
    const source = new RowPageSource(shape.build.layout, (compiler, row) =>
      pushIsMatched(compiler, row, matched),
    )
    this.#leftoverEncoder = new RowEncoder(context.runtime, owner, source, context.spillPlace())
    context.onClose(() => {
      this.#close()
    })
  }

  async open(build: SpilledTogether): Promise<Stream> {
    const { shape, columns, operator, owner, probe } = this.#join
    this.#hold(build)
    const probed = await this.#partition(shape.probe, probe, 'computed', 0)
    this.#context.profile.merged(operator, owner.reservation.consumer.name, 1)
    const pair: PartitionPair = { build, probe: probed, level: 0, splittable: shape.build.keys.length > 0 }
    const probing = this.#probingPart(pair)
    const parts: StreamPart[] = []
    if (shape.mode.kind === 'build') {
      await runStream(this.#context, this.#streamOf([probing]), new CountSink(), operator)
    } else {
      parts.push(probing)
    }
    if (this.#keepsBuild) parts.push(this.#leftoverPart())
    return {
      columns,
      parts,
      operator,
      expectedRows: probe.expectedRows,
      close: () => {
        this.#close()
        this.#context.release(owner)
      },
    }
  }

  get #keepsBuild(): boolean {
    const { mode } = this.#join.shape
    return mode.kind === 'build' || (mode.kind === 'pairs' && mode.keepBuild)
  }

  #close(): void {
    for (const open of this.#open) open.close()
    this.#open.clear()
  }

  /** Writes a stream's rows by partition. */
  async #partition(
    side: JoinSide,
    input: Stream,
    from: 'computed' | 'stored',
    level: number,
  ): Promise<SpilledTogether> {
    const { owner, operator } = this.#join
    const spilled = new SpilledPartitions(this.#context, owner, side.stored, operator)
    const partitions = new SpilledTogether([spilled], owner)
    const spill = spillInto(this.#context, spilled)
    const rows = new JoinRows(this.#context.runtime, owner, side, { from, level, spill })
    this.#hold(partitions)
    this.#hold(rows)
    await runStream(this.#context, input, rows, operator)
    rows.spillAll()
    this.#drop(rows)
    return partitions
  }

  /** Sees to it that it is closed when the query ends early. */
  #hold<Closable extends { close(): void }>(closable: Closable): Closable {
    this.#open.add(closable)
    return closable
  }

  #drop(closable: { close(): void }): void {
    closable.close()
    this.#open.delete(closable)
  }

  #probingPart(pair: PartitionPair): StreamPart {
    const { shape, operator } = this.#join
    const step = new JoinProbeStep(shape, {
      keys: 'stored',
      cell: this.#cell,
      facts: this.#facts,
      operator,
      ordinal: this.#ordinal,
      storedRows: pair.build.rowCount,
      direct: null,
    })
    const source: PartSource = {
      code: () => new NumberedSource(shape.probe.stored, this.#ordinal),
      feed: async (instance, code, run) => {
        await this.#joinPair(pair, (batches) =>
          this.#probeBatches(batches, instance, code as NumberedSource, run),
        )
      },
    }
    return { source, steps: [step] }
  }

  async #probeBatches(
    batches: SpilledBatches,
    instance: PipelineInstance,
    code: NumberedSource,
    run: RunRange,
  ): Promise<boolean> {
    const { heap } = this.#context.runtime
    let ordinal = 0
    for (let index = 0; index < batches.count; index++) {
      const stopped = await batches.use(index, (batch) => {
        bindBatch(heap, instance.block, code.slots, batch, this.#allValid.covering(batch.length))
        heap.i64[(instance.block + code.base) >>> 3] = BigInt(ordinal)
        ordinal += batch.length
        return run(0, batch.length)
      })
      if (stopped) return true
    }
    return false
  }

  async #joinPair(pair: PartitionPair, probe: Probe): Promise<boolean> {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      if (!this.#yieldsSomething(pair.build.rowsOf(partition), pair.probe.rowsOf(partition))) continue
      if (await this.#joinPartition(pair, partition, probe)) return true
    }
    return false
  }

  #yieldsSomething(buildRows: number, probeRows: number): boolean {
    const { mode } = this.#join.shape
    const keepsProbe =
      mode.kind === 'mark' ||
      (mode.kind === 'pairs' && mode.keepProbe) ||
      (mode.kind === 'probe' && mode.yields === 'anti')
    const keepsUnmetBuild = this.#keepsBuild && !(mode.kind === 'build' && mode.yields === 'semi')
    if (buildRows === 0) return keepsProbe && probeRows > 0
    return probeRows > 0 || keepsUnmetBuild
  }

  async #joinPartition(pair: PartitionPair, partition: number, probe: Probe): Promise<boolean> {
    const { shape, owner, operator } = this.#join
    const rows = new JoinRows(this.#context.runtime, owner, shape.build, {
      from: 'stored',
      level: 0,
      spill: null,
    })
    // Rows are taken in or probed with: one buffer is enough for both.
    const buffer = this.#hold(new BatchBuffer(owner))
    const build = pair.build.open(partition, buffer)
    const probed = pair.probe.open(partition, buffer)
    this.#hold(rows)
    const taken = await this.#fill(rows, build, 0)
    this.#context.profile.observeBytes(operator, owner.heldBytes)
    const splits = taken < build.count && pair.splittable && pair.level < LAST_PARTITION_LEVEL
    const stopped = splits ? false : await this.#runPasses(rows, build, probed, taken, probe)
    for (const held of [rows, buffer]) this.#drop(held)
    return splits ? this.#split(pair, partition, probe) : stopped
  }

  /** Probes what was taken in, then takes in the next batches, and so on. */
  async #runPasses(
    rows: JoinRows,
    build: SpilledBatches,
    probed: SpilledBatches,
    taken: number,
    probe: Probe,
  ): Promise<boolean> {
    const { u32 } = this.#context.runtime.heap
    const seen = taken < build.count ? this.#seenBits(probed) : null
    for (let next = taken; ;) {
      const last = next === build.count
      rows.chain(this.#cell, false)
      u32[(this.#cell + PROBE_CELL.seen) >>> 2] = seen?.pointer ?? 0
      u32[(this.#cell + PROBE_CELL.last) >>> 2] = last ? 1 : 0
      const stopped = await probe(probed)
      if (this.#keepsBuild) this.#writeLeftovers(rows)
      if (last || stopped) {
        if (seen !== null) this.#drop(seen)
        return stopped
      }
      rows.clear()
      next = await this.#fill(rows, build, next)
    }
  }

  /** Takes batches in from `first` on while there is room for them, at least one. Returns where to go on. */
  async #fill(rows: JoinRows, batches: SpilledBatches, first: number): Promise<number> {
    const { shape, owner, operator } = this.#join
    const { heap } = this.#context.runtime
    let next = first
    const source: PartSource = {
      code: () => new ColumnSource(shape.build.stored.map((column) => ({ column, dictionary: false }))),
      feed: async (instance, code, run) => {
        const { slots } = code as ColumnSource
        for (; next < batches.count; next++) {
          const rowBytes = batches.rowsOf(next) * (shape.build.layout.width + 8)
          const needed = rowBytes + batches.bytesOf(next) + CHUNK_SLACK_BYTES
          if (next > first && !hasRoom(owner, needed)) return
          await batches.use(next, (batch) => {
            bindBatch(heap, instance.block, slots, batch, this.#allValid.covering(batch.length))
            return run(0, batch.length)
          })
        }
      },
    }
    await runStream(this.#context, this.#streamOf([{ source, steps: [] }]), rows, operator)
    return next
  }

  /** Cuts a partition that does not fit by further bits of the hash. */
  async #split(pair: PartitionPair, partition: number, probe: Probe): Promise<boolean> {
    const { shape } = this.#join
    const level = pair.level + 1
    const { owner, operator } = this.#join
    this.#context.profile.merged(operator, owner.reservation.consumer.name, level + 1)
    const cut = (side: JoinSide, from: SpilledTogether): Promise<SpilledTogether> =>
      this.#partition(side, this.#streamOf([this.#storedPart(side, from, partition)]), 'stored', level)
    const build = await cut(shape.build, pair.build)
    const probed = await cut(shape.probe, pair.probe)
    const greatest = Math.max(...Array.from({ length: PARTITIONS }, (_, index) => build.rowsOf(index)))
    const splittable = greatest < build.rowCount
    const stopped = await this.#joinPair({ build, probe: probed, level, splittable }, probe)
    this.#drop(build)
    this.#drop(probed)
    return stopped
  }

  #storedPart(side: JoinSide, partitions: SpilledTogether, partition: number): StreamPart {
    const { heap } = this.#context.runtime
    return {
      source: {
        code: () => new ColumnSource(side.stored.map((column) => ({ column, dictionary: false }))),
        feed: async (instance, code, run) => {
          const { slots } = code as ColumnSource
          await partitions.read(partition, (batch) => {
            bindBatch(heap, instance.block, slots, batch, this.#allValid.covering(batch.length))
            return run(0, batch.length)
          })
        },
      },
      steps: [],
    }
  }

  /** A bit for each probe row, 0 at first; null where nobody asks. */
  #seenBits(probed: SpilledBatches): { readonly pointer: number; close(): void } | null {
    const { shape, owner } = this.#join
    if (this.#ordinal === null) return null
    let probeRows = 0
    for (let index = 0; index < probed.count; index++) probeRows += probed.rowsOf(index)
    const bytes = Math.ceil(probeRows / 8) + 1
    // Whether a residual was NULL in an earlier pass is not remembered.
    if (shape.mode.kind === 'mark' && shape.residual !== null) throw owner.reservation.refusal(bytes)
    const pointer = owner.allocate(bytes)
    this.#context.runtime.heap.u8.fill(0, pointer, pointer + bytes)
    return this.#hold({
      pointer,
      close: () => {
        owner.free(pointer, bytes)
      },
    })
  }

  #writeLeftovers(rows: JoinRows): void {
    for (const page of rows.pages()) {
      this.#leftoverEncoder.encode(page.pointer, page.rows, (batch) => {
        this.#leftovers.receive(0, batch)
      })
    }
    this.#leftovers.finishRun()
  }

  #leftoverPart(): StreamPart {
    const { shape, operator } = this.#join
    const nulls = new NullsStep(shape.mode.kind === 'build' ? [] : shape.probe.columns, operator)
    const leftovers = new SpilledTogether([this.#leftovers], this.#join.owner)
    return { source: this.#storedPart(shape.build, leftovers, 0).source, steps: [nulls] }
  }

  #streamOf(parts: readonly StreamPart[]): Stream {
    return {
      columns: [],
      parts,
      operator: this.#join.operator,
      expectedRows: null,
      close() {
        // What the parts read is closed by the join.
      },
    }
  }
}

/** Whether it matters for a probe row what it met in an earlier pass. */
function remembersProbeRows({ shape: { mode } }: OpenedJoin): boolean {
  return mode.kind === 'mark' || mode.kind === 'probe' || (mode.kind === 'pairs' && mode.keepProbe)
}

function hasRoom(owner: OpenedJoin['owner'], bytes: number): boolean {
  const pointer = owner.tryAllocate(bytes)
  if (pointer === 0) return false
  owner.free(pointer, bytes)
  return true
}

/** Reads batches, and makes known the number of each row among all that were fed since `base` was 0. */
class NumberedSource implements SourceCode {
  readonly #source: ColumnSource
  readonly #ordinal: Column | null
  #base = 0

  constructor(columns: readonly Column[], ordinal: Column | null) {
    this.#source = new ColumnSource(columns.map((column) => ({ column, dictionary: false })))
    this.#ordinal = ordinal
  }

  get slots(): number {
    return this.#source.slots
  }

  /** Where in the block the number (i64) of the batch's first row belongs. */
  get base(): number {
    return this.#base
  }

  prepare(compiler: PipelineCompiler): void {
    this.#source.prepare(compiler)
    this.#base = compiler.state(8)
  }

  emit(compiler: PipelineCompiler, index: Local, next: () => void): void {
    const { f, thread } = compiler
    if (this.#ordinal !== null) {
      compiler.define(this.#ordinal.id, () => {
        f.get(thread)
        f.memory('i64.load', this.#base)
        f.get(index)
        f.op('i64.extend_i32_u')
        f.op('i64.add')
        return validValue(types.int64, f.keep('i64'))
      })
    }
    this.#source.emit(compiler, index, next)
  }
}
