import type { IpcRegion } from '../arrow/ipc-message.ts'
import type { CodeBytes } from '../arrow/arrow-schema.ts'
import type { Schema } from '../arrow/types.ts'
import type { SpillExtent } from './spill-extent.ts'

/** Where a message's body lies in the stream, and the checksum of its buffers. */
export interface SpilledBody {
  /** Byte of the stream at which the body begins. */
  readonly at: number
  /** Of the stream. */
  readonly bytes: number
  /** What the buffers take in the heap, and where each lies there. */
  readonly plainBytes: number
  readonly regions: readonly IpcRegion[]
  /** Where the buffers lie in the body when they are compressed, else null. */
  readonly packed: readonly IpcRegion[] | null
  readonly checksum: bigint
}

export interface SpilledBatch extends SpilledBody {
  readonly rows: number
  /** By column: index into `dictionaries[column]`, or -1 for a column that is not dictionary-encoded. */
  readonly dictionary: readonly number[]
}

/** A dictionary as it grew while batches were written: the values of each piece follow those of the piece before. */
export interface SpilledDictionary {
  readonly id: number
  readonly pieces: readonly SpilledDictionaryPiece[]
}

export interface SpilledDictionaryPiece extends SpilledBody {
  readonly length: number
}

/** What a writer has put into an extent, for readers. */
export interface SpilledStream {
  readonly schema: Schema
  readonly extent: SpillExtent
  readonly rowCount: number
  readonly batches: readonly SpilledBatch[]
  readonly codeBytes: readonly CodeBytes[]
  readonly dictionaries: readonly (readonly SpilledDictionary[])[]
}
