import type { SpillExtent } from './spill-extent.ts'

export type SpillCompression = 'none' | 'lz4'

/** How one run spills. What outlives the run, such as the rows of its result, goes on spilling so. */
export class SpillManner {
  readonly compression: SpillCompression
  /** Complete streams that were freed and stay readable; null: they are not kept. */
  #kept: SpillExtent[] | null

  constructor(compression: SpillCompression = 'none', keepsStreams = false) {
    this.compression = compression
    this.#kept = keepsStreams ? [] : null
  }

  /** Whether it keeps the stream; else the stream is to be released. */
  keep(extent: SpillExtent): boolean {
    this.#kept?.push(extent)
    return this.#kept !== null
  }

  /** What was kept, oldest first; from now on nothing is. */
  endKeeping(): readonly SpillExtent[] {
    const kept = this.#kept ?? []
    this.#kept = null
    return kept
  }
}
