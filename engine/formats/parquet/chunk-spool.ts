import type { ColumnVector, Dictionary } from '../../arrow/column-batch.ts'
import { types, type DataType } from '../../arrow/types.ts'
import type { PageSource } from '../../memory/page-owner.ts'
import type { SpillAccount } from '../../spill/spill-account.ts'
import { SpillReader } from '../../spill/spill-reader.ts'
import type { SpillSpace } from '../../spill/spill-space.ts'
import { SpillWriter } from '../../spill/spill-writer.ts'

/** A part that is back in the heap, in a run of pages of its own. */
export interface SpooledPart {
  readonly vector: ColumnVector
  readonly pointer: number
  readonly bytes: number
}

/** One column chunk's parts, in an Arrow IPC stream of their own. */
interface SpooledChunk {
  readonly writer: SpillWriter
  readonly reader: SpillReader
  readonly type: DataType
  /** What codes stand for; they lie in the stream as plain integers. */
  readonly dictionary: Dictionary | null
  /** Parts that nobody has taken. */
  waiting: number
}

/**
 * Parts of column chunks that a loader decoded on the way to an earlier part, kept in the spill file until their turn
 * comes: a page is decoded as a whole or not at all, and a small heap has no room for what else is in it. Every part is
 * taken once.
 */
export class ChunkSpool {
  readonly #space: SpillSpace
  readonly #pages: PageSource
  readonly #account: SpillAccount
  readonly #parts = new Map<string, { readonly chunk: SpooledChunk; readonly index: number }>()

  /** @param pages where parts are laid when they are taken, and freed by who took them */
  constructor(space: SpillSpace, pages: PageSource, account: SpillAccount) {
    this.#space = space
    this.#pages = pages
    this.#account = account
  }

  has(key: string): boolean {
    return this.#parts.has(key)
  }

  /**
   * Writes parts of one chunk; `write` is called with a function that adds one. Vectors with codes must all be of one
   * dictionary. When it throws, nothing of this call is kept.
   *
   * @throws `out_of_disk`
   */
  add(name: string, write: (add: (key: string, vector: ColumnVector, rows: number) => void) => void): void {
    const keys: string[] = []
    let chunk: SpooledChunk | null = null
    try {
      write((key, vector, rows) => {
        const { type, dictionary } = vector
        chunk ??= this.#open(name, type, dictionary)
        const stored =
          dictionary === null ? vector : { ...vector, type: codeType(dictionary), dictionary: null }
        const index = chunk.writer.write({ length: rows, columns: [stored] })
        this.#parts.set(key, { chunk, index })
        chunk.waiting++
        keys.push(key)
      })
      finish(chunk)
    } catch (error) {
      for (const key of keys) this.#parts.delete(key)
      this.#free(chunk)
      throw error
    }
  }

  /** The part, or null. @throws `out_of_memory`, `spill_damaged` */
  take(key: string): SpooledPart | null {
    const part = this.#parts.get(key)
    if (part === undefined) return null
    const { chunk, index } = part
    const { batch, pointer, bytes } = chunk.reader.read(index)
    this.#parts.delete(key)
    chunk.waiting--
    if (chunk.waiting === 0) this.#free(chunk)
    const { type, dictionary } = chunk
    return { vector: { ...batch.columns[0]!, type, dictionary }, pointer, bytes }
  }

  close(): void {
    for (const { chunk } of this.#parts.values()) this.#free(chunk)
    this.#parts.clear()
  }

  #open(name: string, type: DataType, dictionary: Dictionary | null): SpooledChunk {
    const field = { name, type: dictionary === null ? type : codeType(dictionary), nullable: true }
    const writer = new SpillWriter(this.#space, { fields: [field] }, this.#account)
    const reader = new SpillReader(writer, this.#space.kernels, this.#pages)
    return { writer, reader, type, dictionary, waiting: 0 }
  }

  #free(chunk: SpooledChunk | null): void {
    chunk?.reader.close()
    chunk?.writer.extent.free()
  }
}

function finish(chunk: SpooledChunk | null): void {
  chunk?.writer.finish()
}

function codeType({ codeBytes }: Dictionary): DataType {
  switch (codeBytes) {
    case 1:
      return types.uint8
    case 2:
      return types.uint16
    case 4:
      return types.uint32
  }
}
