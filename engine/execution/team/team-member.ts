import { ModuleCache } from '../module-cache.ts'
import { ColumnCache } from '../../catalog/column-cache.ts'
import { startDictionaryIds } from '../../catalog/dictionary-ids.ts'
import type { ChecksumKernels, ChunkFile } from '../../catalog/disk-chunk.ts'
import type { LoadedMorsel } from '../../catalog/table-provider.ts'
import { internalError, LakebookError } from '../../errors.ts'
import type { ParquetReader } from '../../formats/parquet/chunk-loader.ts'
import { DecoderSlot } from '../../formats/parquet/decoder-slot.ts'
import { instantiateKernels } from '../../kernels/load.ts'
import { Heap } from '../../memory/heap.ts'
import type { SharedReservation } from '../../memory/memory-reservation.ts'
import { NEVER_CANCELLED_ADDRESS } from '../../memory/run-cells.ts'
import { PageOwner } from '../../memory/page-owner.ts'
import { TrackedPool } from '../../memory/tracked-pool.ts'
import type { OpenColumnFile, SpillFile } from '../../storage/spill-file.ts'
import { cancelled } from '../query-context.ts'
import { bindBatch, bindFirstRow } from '../sources/column-source.ts'
import {
  ComparatorTable,
  PipelineInstance,
  ScratchAreas,
  type Kernel,
  type ThreadRuntime,
} from '../thread-runtime.ts'
import { MemberSource, type OpenHandle, type Remote } from './member-source.ts'
import { openMemberSink, type MemberSink } from './member-sinks.ts'
import { answerCell, ASK, askCell, TEAM_CELL } from './team-cells.ts'
import {
  errorToSend,
  type FromMember,
  type MemberRequest,
  type PipelineTask,
  type PlacedBatch,
  type SentError,
  type SinkPart,
  type ToMember,
} from './team-messages.ts'

interface OpenedMember {
  readonly index: number
  readonly runtime: ThreadRuntime
  readonly cache: ColumnCache
  readonly reader: ParquetReader
  readonly decodes: boolean
  readonly columnFile: ChunkFile | null
}

/**
 * A compute worker: runs pipelines that the driver compiled, over the driver's heap, morsel by morsel. Between two tasks
 * it holds no memory of the heap.
 */
export class TeamMember {
  readonly #post: (message: FromMember) => void
  readonly #openHandle: OpenHandle
  readonly #openColumnFile: OpenColumnFile
  readonly #tables = new Map<number, Remote>()
  #opened: OpenedMember | null = null
  #reading = new AbortController()
  /** Of the task. */
  #cancelFlag = NEVER_CANCELLED_ADDRESS

  constructor(post: (message: FromMember) => void, openHandle: OpenHandle, openColumnFile: OpenColumnFile) {
    this.#post = post
    this.#openHandle = openHandle
    this.#openColumnFile = openColumnFile
  }

  receive(message: ToMember): void {
    switch (message.kind) {
      case 'open':
        void this.#start(message)
        return
      case 'table':
        this.#tables.set(message.id, message.remote as Remote)
        return
      case 'run':
        void this.#run(message.task)
        return
      case 'stop':
        this.#reading.abort()
    }
  }

  async #start(message: ToMember & { kind: 'open' }): Promise<void> {
    const { columnFile } = message
    try {
      this.#opened = this.#open(message, columnFile === null ? null : await this.#openColumnFile(columnFile))
      this.#post({ kind: 'ready' })
    } catch (error) {
      this.#post({ kind: 'failed', error: errorToSend(error) })
    }
  }

  #open(message: ToMember & { kind: 'open' }, columnFile: SpillFile | null): OpenedMember {
    const { index, memory } = message
    startDictionaryIds(message.serial)
    const heap = Heap.attach(memory)
    const pool = TrackedPool.attach(heap)
    const scratch = new ScratchAreas()
    const { exports, table } = instantiateKernels(message.kernels, memory, (thread, bytes) => {
      scratch.grow(thread, bytes)
    })
    const kernels = exports as unknown as Record<string, Kernel>
    const cache = new ColumnCache(heap, pool, message.cache)
    pool.registerEvictable({
      name: 'caches of the driver',
      evict: (bytes) => this.#ask({ kind: 'evict', bytes }),
    })
    const reader: ParquetReader = {
      cache,
      decoders: new DecoderSlot(message.decoder, message.decoderShareBytes),
      kernels: kernels as unknown as ParquetReader['kernels'],
      dictionaryPages: new PageOwner(heap, pool.join(message.cache)),
      morselBytes: heap.usableBytes,
      spill: null,
    }
    const comparators = new ComparatorTable(table)
    const modules = new ModuleCache(heap.budgetBytes)
    return {
      index,
      cache,
      reader,
      decodes: message.decodes,
      columnFile: columnFile && { file: columnFile, kernels: kernels as unknown as ChecksumKernels },
      runtime: {
        heap,
        pool,
        kernels,
        comparators,
        modules,
        cancelFlag: NEVER_CANCELLED_ADDRESS,
        spill: null,
        scratch,
      },
    }
  }

  async #run(task: PipelineTask): Promise<void> {
    const opened = this.#opened
    if (opened === null) throw internalError('a compute worker has no heap')
    const { cache } = opened
    const { cancelFlag } = task
    const runtime = { ...opened.runtime, cancelFlag }
    this.#cancelFlag = cancelFlag
    this.#reading = new AbortController()
    const owners: PageOwner[] = []
    const pages = (reservation: SharedReservation): PageOwner => {
      const owner = new PageOwner(runtime.heap, runtime.pool.join(reservation))
      owners.push(owner)
      return owner
    }
    let error: SentError | null = null
    let rowCounts: readonly (readonly [number, number])[] = []
    let unread: readonly number[] = []
    let begun = false
    try {
      const link = {
        handOver: (part: SinkPart) => this.#ask({ kind: 'part', part }) !== 0,
        send: (batches: readonly PlacedBatch[]) => {
          if (batches.length > 0) this.#post({ kind: 'batches', batches })
        },
        pages,
      }
      const sink = openMemberSink(runtime, task.sink, link, opened.index)
      const { program, module } = task
      const instance = new PipelineInstance(
        runtime,
        program,
        module,
        pages(task.pipeline),
        (kind, argument) => sink.onEvent(kind, argument >>> 0),
      )
      try {
        sink.connect(instance.block)
        begun = true
        unread = await this.#takeMorsels(opened, task, instance, sink)
      } finally {
        if (begun) sink.detach()
        rowCounts = [...instance.rowCounts()]
        instance.close()
      }
      sink.finish()
    } catch (thrown) {
      // A member that finds no room to begin with leaves its part to the others.
      const isShort = thrown instanceof LakebookError && thrown.code === 'out_of_memory'
      if (begun || !isShort) error = errorToSend(thrown)
    }
    for (const owner of owners) owner.freeAll()
    const chunks = error === null ? cache.moveOut(cache.keys()) : []
    cache.clear()
    this.#post({ kind: 'done', error, rowCounts, unread, chunks })
  }

  /** Takes morsels until there are none left. Says which there was no memory for. */
  async #takeMorsels(
    { cache, reader, decodes, columnFile, runtime }: OpenedMember,
    task: PipelineTask,
    instance: PipelineInstance,
    sink: MemberSink,
  ): Promise<readonly number[]> {
    const { heap } = runtime
    const remote = this.#tables.get(task.source.table)
    if (remote === undefined) throw internalError('a compute worker does not know the table')
    const source = new MemberSource(remote, task.source, { reader, decodes, columnFile }, this.#openHandle)
    const { morsels, columns, numbersRows, slots, allValid } = task.source
    try {
      for (;;) {
        this.#checkStopped(heap)
        if (Atomics.load(heap.counters, TEAM_CELL.pause) !== 0) return []
        const index = Atomics.add(heap.counters, TEAM_CELL.nextMorsel, 1)
        const morsel = morsels[index]
        if (morsel === undefined) return []
        const loaded = await source.load(index, this.#reading.signal)
        if (loaded === null) return [index]
        const used = cache.pinnedKeys()
        try {
          bindBatch(heap, instance.block, slots, loaded.batch, allValid)
          if (numbersRows) bindFirstRow(heap, instance.block, slots, columns.length, morsel.firstRow)
          sink.beginMorsel(morsel.ordinal)
          this.#runMorsel(heap, task, loaded, instance, sink)
          sink.endMorsel()
        } finally {
          loaded.release()
        }
        const { bytesRead, diskCacheReadBytes = 0 } = loaded
        const chunks = cache.moveOut(used)
        this.#post({ kind: 'progress', rows: morsel.rows, bytesRead, diskCacheReadBytes, chunks })
      }
    } finally {
      source.close()
    }
  }

  #runMorsel(
    heap: Heap,
    { sliceRows }: PipelineTask,
    { batch }: LoadedMorsel,
    instance: PipelineInstance,
    sink: MemberSink,
  ): void {
    for (let at: number | null = 0; at !== null && at < batch.length;) {
      this.#checkStopped(heap)
      at = instance.run(at, Math.min(batch.length, at + sliceRows))
      sink.settle()
      instance.resetScratch()
    }
  }

  #checkStopped(heap: Heap): void {
    const isCancelled = (Atomics.load(heap.i32, this.#cancelFlag >> 2) & 1) !== 0
    if (isCancelled || Atomics.load(heap.counters, TEAM_CELL.stop) !== 0) throw cancelled()
  }

  /** Asks the driver and waits for its answer. @throws `cancelled` when everybody is to stop */
  #ask(request: MemberRequest): number {
    if (this.#opened === null) return 0
    const { index, runtime } = this.#opened
    const { counters } = runtime.heap
    const cell = askCell(index)
    this.#checkStopped(runtime.heap)
    Atomics.store(counters, cell, ASK.waiting)
    Atomics.add(counters, TEAM_CELL.asking, 1)
    this.#post({ kind: 'ask', request })
    while (Atomics.load(counters, cell) === ASK.waiting) Atomics.wait(counters, cell, ASK.waiting)
    Atomics.sub(counters, TEAM_CELL.asking, 1)
    if (Atomics.exchange(counters, cell, ASK.none) === ASK.stopped) throw cancelled()
    return Atomics.load(counters, answerCell(index)) >>> 0
  }
}
