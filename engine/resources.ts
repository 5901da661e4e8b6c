import type { ExportKernels } from './arrow/to-arrow.ts'
import { ColumnCache } from './catalog/column-cache.ts'
import { ColumnDiskCache } from './catalog/column-disk-cache.ts'
import { LakebookError } from './errors.ts'
import { ComparatorTable, ScratchAreas, type Kernel, type ThreadRuntime } from './execution/thread-runtime.ts'
import { ComputeTeam } from './execution/team/compute-team.ts'
import type { ArrowReader } from './formats/arrow/arrow-table.ts'
import type { SeriesReader } from './formats/generated/series-table.ts'
import type { ParquetReader } from './formats/parquet/chunk-loader.ts'
import { DecoderSlot, USUAL_DECODER_BYTES } from './formats/parquet/decoder-slot.ts'
import type { RecordsEnvironment } from './formats/records/records-table.ts'
import { instantiateKernels } from './kernels/load.ts'
import { PAGE_BYTES } from './memory/control-block.ts'
import { formatBytes } from './memory/format-bytes.ts'
import { Heap, LEAST_BUDGET_BYTES } from './memory/heap.ts'
import type { MemoryPool } from './memory/memory-pool.ts'
import { NEVER_CANCELLED_ADDRESS } from './memory/run-cells.ts'
import { PageOwner } from './memory/page-owner.ts'
import { TrackedPool, type BuiltInPolicy } from './memory/tracked-pool.ts'
import type { Platform } from './platform.ts'
import { SpillSpace, type SpillKernels } from './spill/spill-space.ts'
import type { ColumnFile, SpillSession } from './storage/spill-file.ts'
import { ModuleCache } from './execution/module-cache.ts'

export interface ResourceOptions {
  readonly heapBudgetBytes: number
  readonly memoryPool: BuiltInPolicy | MemoryPool
  readonly threads: number
}

/** Of what queries may hold, how much a morsel takes at the most. */
const MORSEL_PART = 8

const LEAST_DECODER_BYTES = 4 * 2 ** 20
const MOST_DECODER_BYTES = 64 * 2 ** 20
/** A thread decodes if there is so much for its decoder; the others run on what is decoded. */
const LITTLE_DECODER_BYTES = 8 * 2 ** 20

/**
 * What an engine holds while it is open: one heap with its pool, the kernels over it, the decoder's share beside it,
 * the column cache in it, and a spill file. `close` gives everything back.
 */
export class Resources {
  readonly options: ResourceOptions
  readonly runtime: ThreadRuntime
  readonly cache: ColumnCache
  readonly reader: ParquetReader
  /** parquet-wasm, compiled: for decoders, and for writing files. */
  readonly decoderModule: WebAssembly.Module
  /** Bytes of the budget that are not in the heap: the decoders' share. */
  readonly decoderBytes: number
  /** Bytes that dead engines had left on the disk. */
  readonly sweptBytes: number
  /** Small things that live as long as the engine. */
  readonly pages: PageOwner
  readonly #spillSession: SpillSession | null

  private constructor(parts: {
    options: ResourceOptions
    runtime: ThreadRuntime
    cache: ColumnCache
    reader: ParquetReader
    decoderModule: WebAssembly.Module
    decoderBytes: number
    sweptBytes: number
    pages: PageOwner
    spillSession: SpillSession | null
  }) {
    this.options = parts.options
    this.runtime = parts.runtime
    this.cache = parts.cache
    this.reader = parts.reader
    this.decoderModule = parts.decoderModule
    this.decoderBytes = parts.decoderBytes
    this.sweptBytes = parts.sweptBytes
    this.pages = parts.pages
    this.#spillSession = parts.spillSession
  }

  /** @throws `budget_too_small`, `invalid_argument`, `out_of_memory` */
  static async open(platform: Platform, options: ResourceOptions): Promise<Resources> {
    const { heapBudgetBytes, memoryPool } = options
    if (heapBudgetBytes < LEAST_BUDGET_BYTES) {
      throw new LakebookError(
        'budget_too_small',
        `A budget of ${formatBytes(heapBudgetBytes)} is too small`,
        {
          hint: `The least budget is ${formatBytes(LEAST_BUDGET_BYTES)}.`,
        },
      )
    }
    const shared = platform.canShare && options.threads > 1
    const decoderBytes = decoderShareBytes(heapBudgetBytes, options.threads)
    const decoders = Math.max(1, Math.min(options.threads, Math.floor(decoderBytes / LITTLE_DECODER_BYTES)))
    const decoderShare = decoderBytes / decoders
    const heap = Heap.create(heapBudgetBytes - decoderBytes, { shared })
    const pool = TrackedPool.open(heap, memoryPool)
    const pages = new PageOwner(heap, pool.register({ name: 'Engine', canSpill: false }))
    const [kernelModule, decoderModule] = await Promise.all([
      platform.kernels(shared),
      platform.parquetDecoder(),
    ])
    const scratch = new ScratchAreas()
    const { exports, table } = instantiateKernels(kernelModule, heap.memory, (thread, bytes) => {
      scratch.grow(thread, bytes)
    })
    const kernels = exports as unknown as Record<string, Kernel>
    const spill = await openSpill(platform, pool, pages, kernels as unknown as SpillKernels)
    const { columns } = spill
    const disk =
      columns === null
        ? null
        : new ColumnDiskCache(
            heap,
            { file: columns.file, kernels: kernels as unknown as SpillKernels },
            columns.mostBytes,
          )
    const cache = new ColumnCache(heap, pool, null, disk)
    if (disk !== null) {
      pool.diskCacheBytes = () => disk.heldBytes
      if (spill.space !== null) spill.space.onFull = () => disk.giveWay()
    }
    const reader: ParquetReader = {
      cache,
      decoders: new DecoderSlot(decoderModule, decoderShare),
      kernels: kernels as unknown as ParquetReader['kernels'],
      dictionaryPages: pages,
      get morselBytes() {
        return Math.min(heap.usableBytes, pool.limitBytes) / MORSEL_PART
      },
      spill: spill.space,
    }
    const team =
      platform.compute === null || !shared || typeof memoryPool !== 'string'
        ? null
        : new ComputeTeam(
            platform.compute,
            {
              heap,
              cache,
              kernels: kernelModule,
              decoder: decoderModule,
              decoderShareBytes: decoderShare,
              decoders,
              columnFile: columns?.locator ?? null,
            },
            options.threads - 1,
          )
    const runtime: ThreadRuntime = {
      ...(team === null ? {} : { team }),
      heap,
      pool,
      kernels,
      comparators: new ComparatorTable(table),
      modules: new ModuleCache(heap.budgetBytes),
      cancelFlag: NEVER_CANCELLED_ADDRESS,
      spill: spill.space,
      scratch,
    }
    const { sweptBytes, session: spillSession } = spill
    return new Resources({
      options,
      runtime,
      cache,
      reader,
      decoderModule,
      decoderBytes,
      sweptBytes,
      pages,
      spillSession,
    })
  }

  /** For text files. */
  get recordReader(): RecordsEnvironment {
    const { cache, morselBytes } = this.reader
    return { cache, kernels: this.runtime.kernels as unknown as RecordsEnvironment['kernels'], morselBytes }
  }

  /** For `range` in FROM. */
  get seriesReader(): SeriesReader {
    return { cache: this.cache, kernels: this.runtime.kernels as unknown as SeriesReader['kernels'] }
  }

  /** For Arrow files. */
  get arrowReader(): ArrowReader {
    return { cache: this.cache, kernels: this.runtime.kernels as unknown as ArrowReader['kernels'] }
  }

  get exportKernels(): ExportKernels {
    return this.runtime.kernels as unknown as ExportKernels
  }

  /** Of its spill files; null where there are none. */
  get spillSessionId(): string | null {
    return this.#spillSession?.id ?? null
  }

  /** After a query: the disk has back what no result or table needs. */
  trimSpill(): void {
    const { spill } = this.runtime
    if (spill === null) return
    if (spill.isEmpty) spill.reset()
    else spill.trim()
  }

  async close(): Promise<void> {
    this.runtime.team?.close()
    this.cache.close()
    this.reader.decoders.close()
    this.runtime.spill?.close()
    await this.#spillSession?.close()
  }
}

/**
 * Of the budget, what is set aside for all threads' Parquet decoders: what they usually take, but at most a quarter, or
 * an eighth where that is more, within limits. In whole pages.
 */
export function decoderShareBytes(budgetBytes: number, threads: number): number {
  const usual = Math.min(budgetBytes / 4, USUAL_DECODER_BYTES * threads)
  const part = Math.max(LEAST_DECODER_BYTES, usual, budgetBytes / 8)
  return Math.floor(Math.min(MOST_DECODER_BYTES * threads, part) / PAGE_BYTES) * PAGE_BYTES
}

/** Where there is no storage, the engine works and queries that would spill are refused. */
async function openSpill(
  platform: Platform,
  pool: TrackedPool,
  pages: PageOwner,
  kernels: SpillKernels,
): Promise<{
  space: SpillSpace | null
  columns: ColumnFile | null
  session: SpillSession | null
  sweptBytes: number
}> {
  const storage = platform.spillStorage
  if (!(await storage.isAvailable())) return { space: null, columns: null, session: null, sweptBytes: 0 }
  const sweptBytes = await storage.sweepStaleSpills()
  const session = await storage.openSession()
  const file = await storage.openFile(session.id, 'driver')
  const space = new SpillSpace(file, pages, kernels, (delta) => {
    pool.addSpillFileBytes(delta)
  })
  const columns = (await storage.openColumnFile?.(session.id)) ?? null
  return { space, columns, session, sweptBytes }
}
