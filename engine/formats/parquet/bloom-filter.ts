import { readBloomFilter, sbbfContains } from 'hyparquet/src/bloom.js'
import { xxhash64 } from 'hyparquet/src/xxhash.js'
import type { ColumnPredicate, StatisticValue } from '../../catalog/table-provider.ts'
import type { ByteSource } from '../byte-source.ts'
import type { ColumnChunk } from './footer.ts'
import type { SupportedMapping } from './parquet-layout.ts'
import { comparable } from './statistics.ts'

/** Enough for the header of a filter, which says how long it is. */
const HEADER_BYTES = 64
const MOST_FILTER_BYTES = 2 ** 27

/** Words of eight to a block; null where the file has none that can be read. */
type Blocks = Uint32Array | null

/** Read once for each chunk. */
const known = new WeakMap<ColumnChunk, Promise<Blocks>>()

/** Which of the predicates a Bloom filter can say something about: equality with values that it hashes as they are. */
export function bloomHashes(mapping: SupportedMapping, predicate: ColumnPredicate): readonly bigint[] | null {
  const values =
    predicate.kind === 'in'
      ? predicate.values
      : predicate.kind === 'compare' && predicate.op === '='
        ? [predicate.value]
        : []
  const hashes = values.flatMap((value) => {
    const bytes = plainBytes(mapping, comparable(value))
    return bytes === null ? [] : [xxhash64(bytes)]
  })
  return values.length > 0 && hashes.length === values.length ? hashes : null
}

/** False: no value with any of these hashes is in the chunk. A filter that cannot be read says nothing. */
export async function mayContain(
  source: ByteSource,
  chunk: ColumnChunk,
  hashes: readonly bigint[],
): Promise<boolean> {
  let reading = known.get(chunk)
  if (reading === undefined) {
    reading = readBlocks(source, chunk)
    known.set(chunk, reading)
    // What could not be fetched is asked for again.
    reading.catch(() => known.delete(chunk))
  }
  const blocks = await reading
  return blocks === null || hashes.some((hash) => sbbfContains(blocks, hash))
}

async function readBlocks(source: ByteSource, { bloomFilter }: ColumnChunk): Promise<Blocks> {
  if (bloomFilter === null) return null
  const { start } = bloomFilter
  let { bytes } = bloomFilter
  if (bytes === 0) {
    const head = await source.read(start, Math.min(HEADER_BYTES, source.length - start))
    const length = filterBytes(head)
    if (length === null) return null
    bytes = Math.min(HEADER_BYTES + length, source.length - start)
  }
  if (bytes > MOST_FILTER_BYTES) return null
  const all = await source.read(start, bytes)
  try {
    const blocks = readBloomFilter(readerOf(all))?.blocks
    return blocks === undefined || blocks.length === 0 ? null : blocks
  } catch {
    return null
  }
}

/** Field 1 of the header, a 32-bit zigzag varint behind the field's own byte. */
function filterBytes(head: Uint8Array): number | null {
  if (head[0] !== 0x15) return null
  let value = 0
  for (let index = 1; index < 6; index++) {
    const byte = head[index] ?? 0
    value += (byte & 0x7f) * 2 ** (7 * (index - 1))
    if (byte < 0x80) return value % 2 === 0 ? value / 2 : null
  }
  return null
}

function readerOf(bytes: Uint8Array): { view: DataView<ArrayBuffer>; offset: number } {
  const { buffer, byteOffset, byteLength } = bytes as Uint8Array<ArrayBuffer>
  return { view: new DataView(buffer, byteOffset, byteLength), offset: 0 }
}

/** A value as the file has it. Null where one value may be written in several ways, or is changed on reading. */
function plainBytes({ leaf, conversion }: SupportedMapping, value: StatisticValue): Uint8Array | null {
  const view = new DataView(new ArrayBuffer(8))
  switch (leaf.physical) {
    case 'INT32':
    case 'INT64': {
      if (typeof value !== 'bigint' || conversion.kind === 'divided') return null
      const factor = conversion.kind === 'times' ? BigInt(conversion.factor) : 1n
      if (value % factor !== 0n) return null
      const stored = value / factor
      const bits = leaf.physical === 'INT32' ? 32 : 64
      if (BigInt.asIntN(bits, stored) !== stored && BigInt.asUintN(bits, stored) !== stored) return null
      view.setBigInt64(0, BigInt.asIntN(64, stored), true)
      return new Uint8Array(view.buffer, 0, bits / 8)
    }
    case 'FLOAT':
    case 'DOUBLE':
      // 0 is equal to -0, and any NaN to any other.
      if (typeof value !== 'number' || value === 0 || Number.isNaN(value) || conversion.kind !== 'copy')
        return null
      if (leaf.physical === 'DOUBLE') view.setFloat64(0, value, true)
      else view.setFloat32(0, value, true)
      return new Uint8Array(view.buffer, 0, leaf.physical === 'DOUBLE' ? 8 : 4)
    case 'BYTE_ARRAY':
      return value instanceof Uint8Array && conversion.kind === 'bytes' ? value : null
    case 'FIXED_LEN_BYTE_ARRAY':
      return value instanceof Uint8Array && conversion.kind === 'fixed_bytes' ? value : null
    default:
      return null
  }
}
