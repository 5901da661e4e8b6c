/** A file that is being written: COPY … TO. */
export interface FileOutput {
  write(chunk: Uint8Array): Promise<void>
  /** What a download would save; null where the file is on disk. */
  finish(): Promise<Blob | null>
  /** Leaves nothing behind. */
  abandon(): Promise<void>
}

/** A file of that name, for writing. Errors: `forbidden`, `not_readable`. */
export type OpenOutput = (name: string) => Promise<FileOutput>

/** Keeps what is written as a blob, which browsers may hold on disk. */
export function blobOutput(): FileOutput {
  let parts: Blob[] = []
  return {
    write(chunk) {
      parts.push(new Blob([chunk as BlobPart]))
      return Promise.resolve()
    },
    finish() {
      const blob = new Blob(parts)
      parts = []
      return Promise.resolve(blob)
    },
    abandon() {
      parts = []
      return Promise.resolve()
    },
  }
}
