import type { ColumnBatch, ColumnVector } from '../../arrow/column-batch.ts'
import { LOAN } from '../../catalog/column-cache.ts'
import type { ChunkFile } from '../../catalog/disk-chunk.ts'
import type { LoadedMorsel, MorselLoader } from '../../catalog/table-provider.ts'
import { internalError, LakebookError } from '../../errors.ts'
import type { ByteSource, ByteSourceHandle } from '../../formats/byte-source.ts'
import { openCgmLoader, type CgmRemote } from '../../formats/generated/cgm-readings.ts'
import {
  openSeriesLoader,
  type SeriesReader,
  type SeriesRemote,
} from '../../formats/generated/series-table.ts'
import type { ParquetReader } from '../../formats/parquet/chunk-loader.ts'
import { openRemoteParquetLoader, type ParquetRemote } from '../../formats/parquet/parquet-table.ts'
import { openRemoteRecordsLoader, type RecordsRemote } from '../../formats/records/records-table.ts'
import type { RecordReader } from '../../formats/records/text-area.ts'
import type { SourceSpec } from './team-messages.ts'

export type OpenHandle = (handle: ByteSourceHandle) => ByteSource

/** What a member reads with. */
export interface MemberReader {
  readonly reader: ParquetReader
  /** Whether it may decode Parquet. */
  readonly decodes: boolean
  /** Where the driver's column cache keeps what is on the disk. */
  readonly columnFile: ChunkFile | null
}

/** A table of the driver, seen from a member. */
export type Remote = ParquetRemote | RecordsRemote | CgmRemote | SeriesRemote

/**
 * Loads a table's morsels on a compute worker: what the driver lends as it is, what it keeps on the disk from there, the
 * rest by a loader of its own.
 */
export class MemberSource {
  readonly #remote: Remote
  readonly #spec: SourceSpec
  readonly #reader: ParquetReader
  readonly #decodes: boolean
  readonly #columnFile: ChunkFile | null
  readonly #openHandle: OpenHandle
  readonly #loaders = new Map<string, MorselLoader>()

  constructor(
    remote: Remote,
    spec: SourceSpec,
    { reader, decodes, columnFile }: MemberReader,
    openHandle: OpenHandle,
  ) {
    this.#remote = remote
    this.#spec = spec
    this.#reader = reader
    this.#decodes = decodes
    this.#columnFile = columnFile
    this.#openHandle = openHandle
  }

  /** Null when there is no memory for it, or it must be decoded and this thread may not. */
  async load(index: number, signal: AbortSignal): Promise<LoadedMorsel | null> {
    const { morsels, lent, loans, columns } = this.#spec
    const morsel = morsels[index]!
    const { cache } = this.#reader
    const { i32 } = cache.heap
    const loan = (loans + index * 4) >>> 2
    const borrowed = Atomics.compareExchange(i32, loan, LOAN.idle, LOAN.used) === LOAN.idle
    const pinned: string[] = []
    const giveBack = (): void => {
      for (const key of pinned.splice(0)) cache.unpin(key)
      if (borrowed) Atomics.store(i32, loan, LOAN.idle)
    }
    const before = cache.diskReadBytes
    try {
      const known = columns.map(
        (_, position) =>
          (borrowed ? lent[index]![position] : null) ?? this.#fromDisk(index, position, pinned),
      )
      const diskCacheReadBytes = cache.diskReadBytes - before
      const missing = columns.filter((_, position) => known[position] === null)
      if (missing.length === 0) {
        const batch: ColumnBatch = { length: morsel.rows, columns: known.map((vector) => vector!) }
        return { batch, bytesRead: 0, diskCacheReadBytes, release: giveBack }
      }
      if (!this.#decodes && this.#remote.kind === 'parquet') {
        giveBack()
        return null
      }
      const loaded = await this.#loader(missing).load(morsel, signal)
      let next = 0
      const all = columns.map((_, position) => known[position] ?? loaded.batch.columns[next++]!)
      return {
        batch: { length: loaded.batch.length, columns: all },
        bytesRead: loaded.bytesRead,
        diskCacheReadBytes,
        release: () => {
          loaded.release()
          giveBack()
        },
      }
    } catch (error) {
      giveBack()
      if (error instanceof LakebookError && error.code === 'out_of_memory') return null
      throw error
    }
  }

  #fromDisk(index: number, position: number, pinned: string[]): ColumnVector | null {
    const chunk = this.#spec.onDisk[index]?.[position] ?? null
    if (chunk === null || this.#columnFile === null) return null
    const vector = this.#reader.cache.pinChunk(chunk, this.#columnFile)
    if (vector !== null) pinned.push(chunk.key)
    return vector
  }

  close(): void {
    for (const loader of this.#loaders.values()) loader.close()
    this.#loaders.clear()
  }

  #loader(columns: readonly number[]): MorselLoader {
    const key = columns.join()
    const known = this.#loaders.get(key)
    if (known !== undefined) return known
    const loader = this.#open(columns)
    this.#loaders.set(key, loader)
    return loader
  }

  #open(columns: readonly number[]): MorselLoader {
    const remote = this.#remote
    switch (remote.kind) {
      case 'parquet':
        return openRemoteParquetLoader(remote, columns, this.#reader, this.#openHandle)
      case 'records': {
        const { cache, kernels } = this.#reader
        const reader: RecordReader = { cache, kernels: kernels as unknown as RecordReader['kernels'] }
        return openRemoteRecordsLoader(remote, columns, reader, this.#openHandle)
      }
      case 'cgm':
        return openCgmLoader(remote, columns, this.#reader.cache)
      case 'series': {
        const { cache, kernels } = this.#reader
        const reader: SeriesReader = { cache, kernels: kernels as unknown as SeriesReader['kernels'] }
        return openSeriesLoader(remote, columns, reader)
      }
      default:
        throw internalError('a compute worker was given a table that it cannot read')
    }
  }
}
