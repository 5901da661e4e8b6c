import type { ByteSource } from '../formats/byte-source.ts'
import type { FileFingerprint } from '../lakebook.ts'
import type { TableProvider } from './table-provider.ts'

/** A table of files that the person added. */
export interface FileTable extends TableProvider {
  readonly fileNames: readonly string[]
  /** In the order of the names. */
  readonly sources: readonly ByteSource[]
  /** What the person should know: how the files are read, what was guessed, what was left out. */
  readonly notices: readonly string[]
  /** What makes the files recognisable elsewhere. */
  fingerprints(): Promise<readonly FileFingerprint[]>
  /** Gives back what of the table is in the heap. No scan may be running. */
  close(): void
}
