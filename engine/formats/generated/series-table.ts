import type { Schema } from '../../arrow/types.ts'
import type { ColumnCache } from '../../catalog/column-cache.ts'
import type { SeriesRequest } from '../../catalog/series-request.ts'
import type {
  LoadedMorsel,
  Morsel,
  MorselLoader,
  ScanPlan,
  TableProvider,
  TableStatistics,
} from '../../catalog/table-provider.ts'
import { throwIfCancelled } from '../byte-source.ts'

const WIDTH = 8
const MORSEL_ROWS = 65_536
const FEWEST_ROWS = 1024

export interface SeriesKernels {
  /** Writes `rows` int64 values, `step` apart. */
  fill_series(target: number, rows: number, start: bigint, step: bigint): void
}

/** What making a series needs of the thread it runs on. */
export interface SeriesReader {
  readonly cache: ColumnCache
  readonly kernels: SeriesKernels
}

/** What another thread of the heap needs to make the same rows. */
export interface SeriesRemote {
  readonly kind: 'series'
  readonly series: SeriesRequest
}

/** The rows of `range` and `generate_series` in FROM. A morsel is made when it is read, and nothing is kept. */
export class SeriesTable implements TableProvider {
  readonly format = 'generated'
  readonly schema: Schema
  readonly statistics: TableStatistics
  readonly bytes = 0
  readonly remote: SeriesRemote
  private readonly reader: SeriesReader
  private readonly morselRows: number

  /** @param morselBytes what a morsel may take of the heap */
  constructor(series: SeriesRequest, reader: SeriesReader, morselBytes: number) {
    const { name, type, start, step, rows } = series
    const end = start + BigInt(Math.max(0, rows - 1)) * step
    this.schema = { fields: [{ name, type, nullable: false }] }
    this.remote = { kind: 'series', series }
    this.reader = reader
    this.morselRows = Math.max(FEWEST_ROWS, Math.min(MORSEL_ROWS, Math.floor(morselBytes / (4 * WIDTH))))
    const [min, max] = step > 0n ? [start, end] : [end, start]
    this.statistics = {
      rowCount: rows,
      columns: [rows === 0 ? null : { min, max, nullCount: 0, distinctEstimate: rows }],
    }
  }

  planScan(): Promise<ScanPlan> {
    const { rows } = this.remote.series
    const morsels = Array.from({ length: Math.ceil(rows / this.morselRows) }, (_, ordinal): Morsel => {
      const first = ordinal * this.morselRows
      return { ordinal, rows: Math.min(this.morselRows, rows - first), locator: first }
    })
    return Promise.resolve({ morsels, pruning: [] })
  }

  halves({ ordinal, rows, locator }: Morsel): readonly [Morsel, Morsel] | null {
    if (rows < 2 * FEWEST_ROWS) return null
    const half = Math.floor(rows / 2)
    return [
      { ordinal, rows: half, locator },
      { ordinal, rows: rows - half, locator: (locator as number) + half },
    ]
  }

  openLoader(columns: readonly number[]): MorselLoader {
    return openSeriesLoader(this.remote, columns, this.reader)
  }
}

/** Makes morsels on any thread of the heap. */
export function openSeriesLoader(
  { series }: SeriesRemote,
  columns: readonly number[],
  { cache, kernels }: SeriesReader,
): MorselLoader {
  return {
    load({ rows, locator }, signal): Promise<LoadedMorsel> {
      throwIfCancelled(signal)
      if (columns.length === 0)
        return Promise.resolve({
          batch: { length: rows, columns: [] },
          bytesRead: 0,
          release: () => undefined,
        })
      const bytes = rows * WIDTH
      const values = cache.allocate(bytes)
      kernels.fill_series(values, rows, series.start + BigInt(locator as number) * series.step, series.step)
      const vector = { type: series.type, validity: 0, values, offsets: 0, child: null, dictionary: null }
      return Promise.resolve({
        batch: { length: rows, columns: columns.map(() => vector) },
        bytesRead: 0,
        release: () => {
          cache.free(values, bytes)
        },
      })
    },
    close: () => undefined,
  }
}
