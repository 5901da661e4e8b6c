import { SpillManner } from './spill-manner.ts'

/** What spilling cost one operator so far, and how it spills. */
export class SpillAccount {
  /** Whose it is, for people. */
  readonly owner: string
  readonly manner: SpillManner
  /** Bytes of the spill file. */
  bytesWritten = 0
  bytesRead = 0
  /** What was written would take so many bytes without compression. */
  plainBytes = 0
  /** Milliseconds, with checksums and compression. */
  writeMs = 0
  readMs = 0

  constructor(owner = '', manner = new SpillManner()) {
    this.owner = owner
    this.manner = manner
  }

  /** Null when nothing was written. */
  get ratio(): number | null {
    return this.bytesWritten === 0 ? null : this.plainBytes / this.bytesWritten
  }
}
