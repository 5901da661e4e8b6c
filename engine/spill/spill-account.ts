/** What spilling cost one operator so far. */
export class SpillAccount {
  /** Whose it is, for people. */
  readonly owner: string
  /** Bytes of the spill file. */
  bytesWritten = 0
  bytesRead = 0
  /** What was written would take so many bytes without compression. */
  plainBytes = 0
  /** Milliseconds, with checksums and compression. */
  writeMs = 0
  readMs = 0

  constructor(owner = '') {
    this.owner = owner
  }

  /** Null when nothing was written. */
  get ratio(): number | null {
    return this.bytesWritten === 0 ? null : this.plainBytes / this.bytesWritten
  }
}
