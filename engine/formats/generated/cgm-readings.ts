import type { ColumnBatch, ColumnVector, Dictionary } from '../../arrow/column-batch.ts'
import { types, type Schema } from '../../arrow/types.ts'
import { columnStep } from '../../catalog/column-step.ts'
import type { ColumnCache } from '../../catalog/column-cache.ts'
import { nextDictionaryId } from '../../catalog/dictionary-ids.ts'
import type {
  LoadedMorsel,
  Morsel,
  MorselLoader,
  ScanPlan,
  ScanRequest,
  TableProvider,
  TableStatistics,
} from '../../catalog/table-provider.ts'
import { internalError } from '../../errors.ts'
import type { PageSource } from '../../memory/page-owner.ts'
import { throwIfCancelled } from '../byte-source.ts'
import {
  CGM_PRESETS,
  CGM_START_MICROS,
  HOW_READINGS_ARE_MADE,
  slotCount,
  type CgmPlan,
  type CgmPresetName,
} from './cgm-presets.ts'
import { glucoseOf } from './glucose-model.ts'
import { Random } from './random.ts'
import { readingGaps } from './reading-gaps.ts'

const SCHEMA: Schema = {
  fields: [
    { name: 'reading_id', type: types.int64, nullable: false },
    { name: 'user_id', type: types.int32, nullable: false },
    { name: 'timestamp', type: types.timestamp, nullable: false },
    { name: 'glucose_mg_dl', type: types.float64, nullable: false },
    { name: 'country', type: types.utf8, nullable: false },
    { name: 'device', type: types.utf8, nullable: false },
    { name: 'quality', type: types.utf8, nullable: false },
    { name: 'reading_source', type: types.utf8, nullable: false },
  ],
}

/** Bytes a value takes, by column. Texts are one-byte codes. */
const WIDTHS = [8, 4, 8, 8, 1, 1, 1, 1] as const
const GLUCOSE = 3
const TEXTS = [
  ['TW', 'JP', 'KR', 'SG'],
  ['Sensor A', 'Sensor B', 'Sensor C'],
  ['good', 'fair', 'poor'],
  ['sensor'],
] as const
const FIRST_TEXT = 4
const MORSEL_ROWS = 131_072
const PEOPLE_SEED = 0x70656f

/** What another thread of the heap needs to make the same rows. */
export interface CgmRemote {
  readonly kind: 'cgm'
  readonly id: string
  readonly plan: CgmPlan
  /** One byte a slot, person after person. */
  readonly present: Uint8Array
  /** Readings before each person's first; one more entry at the end. */
  readonly firstReading: Uint32Array
  readonly dictionaries: readonly Dictionary[]
}

interface PeopleRange {
  readonly from: number
  readonly to: number
}

let tableCount = 0

/**
 * Readings of continuous glucose monitors, ordered by person and time. Rows are made when they are read and kept in the
 * column cache as long as there is room, so the table fits any budget. Only which slots have readings is kept: a
 * byte a slot.
 */
export class CgmReadings implements TableProvider {
  readonly format = 'generated'
  readonly schema = SCHEMA
  readonly statistics: TableStatistics
  readonly remote: CgmRemote
  /** How the readings come about. */
  readonly notices: readonly string[]
  private readonly cache: ColumnCache
  private readonly freeDictionaries: () => void
  private readonly morselBytes: number

  /**
   * @param pages where the dictionaries live until `close`
   * @param morselBytes what a morsel may take of the heap
   */
  constructor(preset: CgmPresetName, cache: ColumnCache, pages: PageSource, morselBytes: number) {
    const plan = CGM_PRESETS[preset]
    const present = readingGaps(plan)
    const firstReading = countReadings(plan, present)
    const { dictionaries, free } = layDictionaries(pages)
    this.notices = [HOW_READINGS_ARE_MADE[preset]]
    this.cache = cache
    this.freeDictionaries = free
    this.morselBytes = morselBytes
    this.remote = { kind: 'cgm', id: `cgm ${++tableCount}`, plan, present, firstReading, dictionaries }
    this.statistics = statisticsOf(this.remote)
  }

  get bytes(): number {
    return this.statistics.rowCount * WIDTHS.reduce((sum, width) => sum + width, 0)
  }

  isDictionary(column: number): boolean {
    return column >= FIRST_TEXT
  }

  planScan(request: ScanRequest): Promise<ScanPlan> {
    const { plan, firstReading } = this.remote
    const rowBytes = request.columns.reduce((sum, column) => sum + (WIDTHS[column] ?? 0), 1)
    const rows = Math.min(MORSEL_ROWS, this.morselBytes / rowBytes)
    const people = Math.max(1, Math.floor(rows / slotCount(plan)))
    const morsels: Morsel[] = []
    for (let from = 0; from < plan.users; from += people) {
      const to = Math.min(from + people, plan.users)
      const locator: PeopleRange = { from, to }
      morsels.push({ ordinal: morsels.length, rows: at(firstReading, to) - at(firstReading, from), locator })
    }
    const used = new Set(request.columns).size
    const { rowCount } = this.statistics
    return Promise.resolve({
      morsels,
      pruning: [
        columnStep(WIDTHS.length, used, rowCount, {
          bytesIn: this.bytes,
          bytesKept: rowCount * (rowBytes - 1),
        }),
      ],
    })
  }

  openLoader(columns: readonly number[]): MorselLoader {
    return openCgmLoader(this.remote, columns, this.cache)
  }

  close(): void {
    this.cache.forget(`${this.remote.id}/`)
    this.freeDictionaries()
  }
}

/** Makes morsels on any thread of the heap. */
export function openCgmLoader(
  remote: CgmRemote,
  columns: readonly number[],
  cache: ColumnCache,
): MorselLoader {
  return {
    load(morsel, signal): Promise<LoadedMorsel> {
      throwIfCancelled(signal)
      const people = morsel.locator as PeopleRange
      const pinned: string[] = []
      const before = cache.diskReadBytes
      try {
        const vectors = columns.map((column) => {
          const key = keyOf(remote, people, column)
          const vector = cache.pin(key) ?? makeColumn(remote, people, column, key, cache)
          pinned.push(key)
          return vector
        })
        const batch: ColumnBatch = { length: morsel.rows, columns: vectors }
        return Promise.resolve({
          batch,
          bytesRead: 0,
          diskCacheReadBytes: cache.diskReadBytes - before,
          release: () => {
            for (const key of pinned.splice(0)) cache.unpin(key)
          },
        })
      } catch (error) {
        for (const key of pinned) cache.unpin(key)
        throw error
      }
    },
    lend: (morsel, loan) =>
      columns.map((column) => cache.lend(keyOf(remote, morsel.locator as PeopleRange, column), loan)),
    onDisk: (morsel) =>
      columns.map((column) => cache.onDisk(keyOf(remote, morsel.locator as PeopleRange, column))),
    close: () => undefined,
  }
}

function keyOf({ id }: CgmRemote, { from, to }: PeopleRange, column: number): string {
  return `${id}/${from}-${to}/${column}`
}

function makeColumn(
  remote: CgmRemote,
  people: PeopleRange,
  column: number,
  key: string,
  cache: ColumnCache,
): ColumnVector {
  const field = SCHEMA.fields[column]
  const width = WIDTHS[column]
  if (field === undefined || width === undefined) throw internalError(`the readings have no column ${column}`)
  const rows = at(remote.firstReading, people.to) - at(remote.firstReading, people.from)
  const bytes = Math.max(8, rows * width)
  const pointer = cache.allocate(bytes)
  writeColumn(remote, people, column, pointer, cache)
  const vector: ColumnVector = {
    type: field.type,
    validity: 0,
    values: pointer,
    offsets: 0,
    child: null,
    dictionary: remote.dictionaries[column - FIRST_TEXT] ?? null,
  }
  return cache.put(key, vector, pointer, bytes)
}

function writeColumn(
  remote: CgmRemote,
  people: PeopleRange,
  column: number,
  pointer: number,
  cache: ColumnCache,
): void {
  const { plan, present, firstReading } = remote
  const { heap } = cache
  const slots = slotCount(plan)
  const glucose = column === GLUCOSE ? new Float64Array(slots) : null
  const stepMicros = BigInt(plan.stepMinutes) * 60_000_000n
  let row = pointer / (WIDTHS[column] ?? 1)
  for (let user = people.from; user < people.to; user++) {
    const base = user * slots
    const first = at(firstReading, user)
    const count = at(firstReading, user + 1) - first
    switch (column) {
      case 0:
        for (let i = 0; i < count; i++) heap.i64[row++] = BigInt(first + i + 1)
        break
      case 1:
        heap.i32.fill(user + 1, row, row + count)
        row += count
        break
      case 2:
        for (let slot = 0; slot < slots; slot++) {
          if (present[base + slot] === 1) heap.i64[row++] = CGM_START_MICROS + BigInt(slot) * stepMicros
        }
        break
      case GLUCOSE:
        if (glucose === null) throw internalError('no room for glucose')
        glucoseOf(plan, user, present.subarray(base, base + slots), glucose)
        for (let slot = 0; slot < slots; slot++) {
          if (present[base + slot] === 1) heap.f64[row++] = glucose[slot] ?? 0
        }
        break
      default:
        writeCodes(plan, user, column - FIRST_TEXT, heap.u8.subarray(row, row + count))
        row += count
    }
  }
}

/** Country and device are a person's own, quality is a reading's, and every reading comes from the sensor. */
function writeCodes(plan: CgmPlan, user: number, text: number, codes: Uint8Array): void {
  const random = Random.forPart(plan.seed ^ (PEOPLE_SEED + text), user)
  const values = TEXTS[text]?.length ?? 1
  if (text !== 2) {
    codes.fill(random.below(values))
    return
  }
  for (let i = 0; i < codes.length; i++) {
    const chance = random.uniform()
    codes[i] = chance < 0.93 ? 0 : chance < 0.985 ? 1 : 2
  }
}

function countReadings(plan: CgmPlan, present: Uint8Array): Uint32Array {
  const slots = slotCount(plan)
  const firstReading = new Uint32Array(plan.users + 1)
  for (let user = 0; user < plan.users; user++) {
    let count = 0
    for (let slot = user * slots; slot < (user + 1) * slots; slot++) count += present[slot] ?? 0
    firstReading[user + 1] = at(firstReading, user) + count
  }
  return firstReading
}

/** The four dictionaries, side by side in one run of pages. */
function layDictionaries(pages: PageSource): {
  readonly dictionaries: readonly Dictionary[]
  readonly free: () => void
} {
  const { heap } = pages
  const encoder = new TextEncoder()
  const bytes = TEXTS.flat().reduce((sum, text) => sum + encoder.encode(text).length + 16, TEXTS.length * 32)
  const pointer = pages.allocate(bytes)
  let end = pointer
  const dictionaries = TEXTS.map<Dictionary>((texts) => {
    const encoded = encoder.encode(texts.join(''))
    const offsets = end
    const values = offsets + 8 * Math.ceil((texts.length + 1) / 2)
    end = values + 8 * Math.ceil(encoded.length / 8)
    heap.u8.set(encoded, values)
    let offset = 0
    heap.i32[offsets >>> 2] = 0
    for (const [index, text] of texts.entries()) {
      offset += encoder.encode(text).length
      heap.i32[(offsets >>> 2) + index + 1] = offset
    }
    return { id: nextDictionaryId(), codeBytes: 1, length: texts.length, offsets, values }
  })
  return {
    dictionaries,
    free: () => {
      pages.free(pointer, bytes)
    },
  }
}

function statisticsOf({ plan, firstReading }: CgmRemote): TableStatistics {
  const rowCount = at(firstReading, plan.users)
  const lastSlot = BigInt((slotCount(plan) - 1) * plan.stepMinutes) * 60_000_000n
  const known = (min: bigint | number, max: bigint | number, distinctEstimate: number | null) => ({
    min,
    max,
    nullCount: 0,
    distinctEstimate,
  })
  return {
    rowCount,
    columns: [
      known(1n, BigInt(rowCount), rowCount),
      known(1n, BigInt(plan.users), plan.users),
      known(CGM_START_MICROS, CGM_START_MICROS + lastSlot, slotCount(plan)),
      known(40, 400, null),
      ...TEXTS.map((texts) => ({ min: null, max: null, nullCount: 0, distinctEstimate: texts.length })),
    ],
  }
}

function at(values: Uint32Array, index: number): number {
  return values[index] ?? 0
}
