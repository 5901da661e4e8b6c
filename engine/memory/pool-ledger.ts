import { LakebookError } from '../errors.ts'
import { SpinLock } from './spin-lock.ts'

/**
 * What every consumer holds, in a fixed stretch of memory, so that all threads of a heap see the same figures.
 *
 * Header, 256 bytes; then `SLOTS` slots of 128 bytes each:
 *
 * | header       | what                               | slot        | what                                  |
 * |--------------|------------------------------------|-------------|---------------------------------------|
 * | 0            | i32 lock                           | 0           | i32 state: 0 empty, 1 live, 2 retired |
 * | 4            | i32 policy                         | 4           | i32 flags: 1 can spill, 2 evictable   |
 * | 8            | i32 slots ever used                | 8           | f64 reserved bytes                    |
 * | 12           | i32 a bit for each run's peak      | 16          | f64 peak bytes                        |
 * | 16           | f64 limit in bytes                 | 24          | f64 spilled bytes                     |
 * | 24           | f64 reserved bytes                 | 32          | f64 times spilled                     |
 * | 32           | f64 peak reserved bytes            | 40          | f64 need in bytes, Infinity if unknown|
 * | 40           | f64 bytes of live spill extents    | 48          | i32 length of the name                |
 * | 48           | f64 budget in bytes                | 52          | i32 number of its run, 0 for none     |
 * | 64           | 16 × f64 peak reserved bytes while | 56          | UTF-8 name, at most 72 bytes          |
 * |              | a run goes on (`run-cells.ts`)     |             |                                       |
 *
 * A double counts bytes exactly up to 2^53. Everything but the lock is read and written while the lock is held.
 */
export const SLOTS = 380
const HEADER_BYTES = 256
const SLOT_BYTES = 128
export const LEDGER_BYTES = HEADER_BYTES + SLOTS * SLOT_BYTES

const RUN_OFFSET = 52
const NAME_OFFSET = 56
const NAME_BYTES = SLOT_BYTES - NAME_OFFSET

const EMPTY = 0
const LIVE = 1
const RETIRED = 2

const CAN_SPILL = 1
const EVICTABLE = 2

/** Which built-in policy decides; `custom` means that an object of the embedder does. */
export const POLICIES = ['greedy', 'fair', 'unbounded', 'custom'] as const
export type PolicyName = (typeof POLICIES)[number]

/** A consumer as the ledger holds it. */
export interface LedgerEntry {
  readonly slot: number
  readonly name: string
  /** Null: it belongs to none. */
  readonly run: number | null
  readonly live: boolean
  readonly canSpill: boolean
  readonly evictable: boolean
  readonly reservedBytes: number
  readonly peakBytes: number
  readonly spilledBytes: number
  readonly spillCount: number
}

export class PoolLedger {
  private readonly words: Int32Array
  private readonly numbers: Float64Array
  private readonly bytes: Uint8Array
  private readonly lock: SpinLock

  /** Over `LEDGER_BYTES` bytes of `buffer`, all zero when new. */
  constructor(buffer: ArrayBufferLike, byteOffset: number) {
    this.words = new Int32Array(buffer, byteOffset, LEDGER_BYTES >> 2)
    this.numbers = new Float64Array(buffer, byteOffset, LEDGER_BYTES >> 3)
    this.bytes = new Uint8Array(buffer, byteOffset, LEDGER_BYTES)
    this.lock = new SpinLock(this.words, 0)
  }

  /** Runs `section` while no other thread looks at the ledger. */
  exclusively<Result>(section: () => Result): Result {
    return this.lock.run(section)
  }

  get policy(): PolicyName {
    return POLICIES[this.words[1] ?? 0] ?? 'greedy'
  }

  set policy(policy: PolicyName) {
    this.words[1] = POLICIES.indexOf(policy)
  }

  get slotsUsed(): number {
    return this.words[2] ?? 0
  }

  get limitBytes(): number {
    return this.numbers[2] ?? 0
  }

  set limitBytes(bytes: number) {
    this.numbers[2] = bytes
  }

  get reservedBytes(): number {
    return this.numbers[3] ?? 0
  }

  get peakReservedBytes(): number {
    return this.numbers[4] ?? 0
  }

  get spillFileBytes(): number {
    return this.numbers[5] ?? 0
  }

  get budgetBytes(): number {
    return this.numbers[6] ?? 0
  }

  set budgetBytes(bytes: number) {
    this.numbers[6] = bytes
  }

  /** From now on the peak of the run in that cell is kept; it starts at what is reserved now. */
  startPeak(cell: number): void {
    this.words[3] = (this.words[3] ?? 0) | (1 << cell)
    this.numbers[8 + cell] = this.reservedBytes
  }

  peakOf(cell: number): number {
    return this.numbers[8 + cell] ?? 0
  }

  endPeak(cell: number): void {
    this.words[3] = (this.words[3] ?? 0) & ~(1 << cell)
  }

  addSpillFileBytes(delta: number): void {
    this.numbers[5] = this.spillFileBytes + delta
  }

  /** The peak starts again at what is reserved now, and consumers that are gone are forgotten. */
  startPeriod(): void {
    this.numbers[4] = this.reservedBytes
    for (let slot = 0; slot < this.slotsUsed; slot++) {
      const word = slotByte(slot) >> 2
      if (this.words[word] === RETIRED) this.words[word] = EMPTY
      const number = slotByte(slot) >> 3
      this.numbers[number + 2] = this.numbers[number + 1] ?? 0
      this.numbers[number + 3] = 0
      this.numbers[number + 4] = 0
    }
  }

  /** @throws `out_of_memory` when all slots are taken by live consumers */
  open(name: string, canSpill: boolean, evictable: boolean, run = 0): number {
    const slot = this.slotToOpen()
    const byte = slotByte(slot)
    this.words.fill(0, byte >> 2, (byte + SLOT_BYTES) >> 2)
    this.words[byte >> 2] = LIVE
    this.words[(byte >> 2) + 1] = (canSpill ? CAN_SPILL : 0) | (evictable ? EVICTABLE : 0)
    this.numbers[(byte >> 3) + 5] = Number.POSITIVE_INFINITY
    this.words[(byte + RUN_OFFSET) >> 2] = run
    const utf8 = new TextEncoder().encode(name)
    const length = wholeCharacters(utf8, NAME_BYTES)
    this.words[(byte + 48) >> 2] = length
    this.bytes.set(utf8.subarray(0, length), byte + NAME_OFFSET)
    return slot
  }

  /** The consumer is gone and holds nothing; its figures stay readable until the slot is needed or a period starts. */
  retire(slot: number): void {
    this.words[slotByte(slot) >> 2] = RETIRED
  }

  isLive(slot: number): boolean {
    return this.words[slotByte(slot) >> 2] === LIVE
  }

  canSpill(slot: number): boolean {
    return ((this.words[(slotByte(slot) >> 2) + 1] ?? 0) & CAN_SPILL) !== 0
  }

  isEvictable(slot: number): boolean {
    return ((this.words[(slotByte(slot) >> 2) + 1] ?? 0) & EVICTABLE) !== 0
  }

  reservedBy(slot: number): number {
    return this.numbers[(slotByte(slot) >> 3) + 1] ?? 0
  }

  needOf(slot: number): number {
    return this.numbers[(slotByte(slot) >> 3) + 5] ?? 0
  }

  setNeed(slot: number, bytes: number): void {
    this.numbers[(slotByte(slot) >> 3) + 5] = bytes
  }

  /** Books bytes (negative: gives back) and keeps the peaks. */
  book(slot: number, delta: number): void {
    const number = slotByte(slot) >> 3
    const reserved = (this.numbers[number + 1] ?? 0) + delta
    this.numbers[number + 1] = reserved
    this.numbers[number + 2] = Math.max(this.numbers[number + 2] ?? 0, reserved)
    this.numbers[3] = this.reservedBytes + delta
    this.numbers[4] = Math.max(this.peakReservedBytes, this.reservedBytes)
    if (delta <= 0) return
    for (let cells = this.words[3] ?? 0, cell = 0; cells !== 0; cells >>>= 1, cell++) {
      if ((cells & 1) !== 0) this.numbers[8 + cell] = Math.max(this.peakOf(cell), this.reservedBytes)
    }
  }

  bookSpill(slot: number, bytes: number): void {
    const number = slotByte(slot) >> 3
    this.numbers[number + 3] = (this.numbers[number + 3] ?? 0) + bytes
    this.numbers[number + 4] = (this.numbers[number + 4] ?? 0) + 1
  }

  /** So many more consumers can be opened. */
  freeSlots(): number {
    let live = 0
    for (let slot = 0; slot < this.slotsUsed; slot++) if (this.isLive(slot)) live++
    return SLOTS - live
  }

  /** Live consumers, and those that have gone since the period started. */
  entries(): LedgerEntry[] {
    const entries: LedgerEntry[] = []
    for (let slot = 0; slot < this.slotsUsed; slot++) {
      if (this.words[slotByte(slot) >> 2] !== EMPTY) entries.push(this.entry(slot))
    }
    return entries
  }

  entry(slot: number): LedgerEntry {
    const byte = slotByte(slot)
    const number = byte >> 3
    const run = this.words[(byte + RUN_OFFSET) >> 2] ?? 0
    const nameLength = this.words[(byte + 48) >> 2] ?? 0
    return {
      slot,
      // A decoder does not read shared memory, hence the copy.
      name: new TextDecoder().decode(this.bytes.slice(byte + NAME_OFFSET, byte + NAME_OFFSET + nameLength)),
      run: run === 0 ? null : run,
      live: this.isLive(slot),
      canSpill: this.canSpill(slot),
      evictable: this.isEvictable(slot),
      reservedBytes: this.numbers[number + 1] ?? 0,
      peakBytes: this.numbers[number + 2] ?? 0,
      spilledBytes: this.numbers[number + 3] ?? 0,
      spillCount: this.numbers[number + 4] ?? 0,
    }
  }

  private slotToOpen(): number {
    let retired = -1
    for (let slot = 0; slot < this.slotsUsed; slot++) {
      const state = this.words[slotByte(slot) >> 2]
      if (state === EMPTY) return slot
      if (state === RETIRED && retired < 0) retired = slot
    }
    if (this.slotsUsed < SLOTS) {
      this.words[2] = this.slotsUsed + 1
      return this.slotsUsed - 1
    }
    if (retired >= 0) return retired
    throw new LakebookError(
      'out_of_memory',
      `More than ${SLOTS} memory consumers are at work at the same time`,
      {
        hint: 'Run fewer queries at once, or lower target_partitions.',
      },
    )
  }
}

function slotByte(slot: number): number {
  return HEADER_BYTES + slot * SLOT_BYTES
}

/** The longest prefix of at most `limit` bytes that does not end inside a character. */
function wholeCharacters(utf8: Uint8Array, limit: number): number {
  if (utf8.length <= limit) return utf8.length
  let length = limit
  while (length > 0 && ((utf8[length] ?? 0) & 0xc0) === 0x80) length--
  return length
}
