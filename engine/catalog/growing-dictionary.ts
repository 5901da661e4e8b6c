import type { Dictionary } from '../arrow/column-batch.ts'
import type { PageSource } from '../memory/page-owner.ts'
import { LakebookError } from '../errors.ts'
import { nextDictionaryId } from './dictionary-ids.ts'

/** The kernels of `assembly/dictionary.ts`, over the heap's memory. */
export interface DictionaryKernels {
  dictionary_merge(state: number, offsets: number, data: number, n: number, mapping: number): number
  dictionary_rehash(state: number): void
  dictionary_map(codes: number, n: number, mapping: number, keys: number, codeBytes: number): void
}

/** Two bytes a code at the most. */
const MOST_ENTRIES = 65_536
const FIRST_ENTRIES = 512
const FIRST_BYTES = 8192
const STATE_BYTES = 32

interface Room {
  readonly pointer: number
  readonly bytes: number
}

/**
 * The distinct values of one column of a table. It only grows, so a code means the same in every chunk. What outgrew its
 * room moves; the old room stays until `free`, because batches in flight may point there.
 */
export class GrowingDictionary {
  readonly id = nextDictionaryId()
  private readonly pages: PageSource
  private readonly kernels: DictionaryKernels
  private readonly mostBytes: number
  private readonly rooms: Room[] = []
  private state = 0
  private entries = FIRST_ENTRIES
  private capacity = FIRST_BYTES
  private full = false

  /** @param mostBytes of all values together */
  constructor(pages: PageSource, kernels: DictionaryKernels, mostBytes: number) {
    this.pages = pages
    this.kernels = kernels
    this.mostBytes = mostBytes
  }

  /** The dictionary as it is now, for codes of that width. */
  current(codeBytes: 1 | 2 | 4): Dictionary {
    const word = this.state >>> 2
    const { u32 } = this.pages.heap
    return {
      id: this.id,
      codeBytes,
      length: u32[word] ?? 0,
      offsets: u32[word + 3] ?? 0,
      values: u32[word + 4] ?? 0,
    }
  }

  /**
   * Writes the codes of `n` values to `mapping` (u32 each), adding those that are new. Returns the greatest code, or null
   * when that would be too many values, or there is no memory for them.
   */
  merge(offsets: number, data: number, n: number, mapping: number): number | null {
    if (this.full || !this.open()) return null
    for (;;) {
      const greatest = this.kernels.dictionary_merge(this.state, offsets, data, n, mapping)
      if (greatest >= 0) return greatest
      if (!this.enlarge()) {
        this.full = true
        return null
      }
    }
  }

  free(): void {
    for (const { pointer, bytes } of this.rooms.splice(0)) this.pages.free(pointer, bytes)
  }

  private open(): boolean {
    if (this.state !== 0) return true
    const room = this.take()
    if (room === null) return false
    this.state = this.layOut(room, 0)
    // The second is read by the codes of NULLs while there are no values yet.
    const { offsets } = this.current(1)
    this.pages.heap.u32.fill(0, offsets >>> 2, (offsets >>> 2) + 2)
    this.kernels.dictionary_rehash(this.state)
    return true
  }

  private enlarge(): boolean {
    const { u32, u8 } = this.pages.heap
    const before = this.current(1)
    const usedBytes = u32[(before.offsets >>> 2) + before.length] ?? 0
    if (before.length >= this.entries) this.entries *= 4
    else this.capacity *= 4
    if (this.entries > MOST_ENTRIES * 2 || this.capacity > this.mostBytes) return false
    this.entries = Math.min(this.entries, MOST_ENTRIES)
    if (before.length >= this.entries) return false
    const room = this.take()
    if (room === null) return false
    const state = this.layOut(room, before.length)
    const word = state >>> 2
    u8.copyWithin(u32[word + 3] ?? 0, before.offsets, before.offsets + 4 * (before.length + 1))
    u8.copyWithin(u32[word + 4] ?? 0, before.values, before.values + usedBytes)
    this.kernels.dictionary_rehash(state)
    this.state = state
    return true
  }

  /** Room for the state, the hash table (half full at the most), the offsets and the values; null without memory. */
  private take(): Room | null {
    const bytes = STATE_BYTES + 8 * this.entries + 4 * (this.entries + 2) + this.capacity
    try {
      const room = { pointer: this.pages.allocate(bytes), bytes }
      this.rooms.push(room)
      return room
    } catch (error) {
      if (error instanceof LakebookError && error.code === 'out_of_memory') return null
      throw error
    }
  }

  private layOut({ pointer }: Room, count: number): number {
    const { u32 } = this.pages.heap
    const slots = pointer + STATE_BYTES
    const offsets = slots + 8 * this.entries
    const values = offsets + 4 * (this.entries + 2)
    const fields = [count, slots, 2 * this.entries - 1, offsets, values, this.entries, this.capacity]
    for (const [index, field] of fields.entries()) u32[(pointer >>> 2) + index] = field
    return pointer
  }
}
