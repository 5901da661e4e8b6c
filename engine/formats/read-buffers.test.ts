import { tableFromArrays, tableToIPC } from 'apache-arrow'
import { expect, test, vi } from 'vitest'
import { openLakebook } from '../node.ts'
import { readBlob, readBuffers } from './read-buffers.ts'

const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251)
const blob = new Blob([bytes])

test('ranges of a blob are read exactly, also at the same time and into buffers that were used before', async () => {
  for (let round = 0; round < 3; round++) {
    const ranges = [
      [0, 300_000],
      [299_999, 1],
      [1000, 70_000],
      [123_456, 100_001],
      [5, 0],
    ] as const
    const read = await Promise.all(ranges.map(([offset, length]) => readBlob(blob, offset, length)))
    for (const [i, [offset, length]] of ranges.entries()) {
      expect(Buffer.compare(read[i]!, bytes.subarray(offset, offset + length))).toBe(0)
    }
    for (const each of read) readBuffers.giveBack(each.buffer)
  }
})

test('a buffer that was given back is taken again for reads of about its length', () => {
  const buffer = readBuffers.take(1_000_003)
  readBuffers.giveBack(buffer)
  expect(readBuffers.take(100_000)).not.toBe(buffer)
  expect(readBuffers.take(900_000)).toBe(buffer)
})

test('a blob that ends too soon is an error', async () => {
  await expect(readBlob(blob, 299_000, 2000)).rejects.toThrow('shorter')
})

const texts = Array.from({ length: 150_000 }, (_, i) => `row ${i} of many`)
const files = {
  csv: new Blob([`id,note\n`, texts.map((text, i) => `${i},${text}\n`).join('')]),
  arrow: new Blob([tableToIPC(tableFromArrays({ id: Float64Array.from(texts, (_, i) => i) })) as BlobPart]),
}

test.each([
  // the first read is what dialect and types are guessed from
  ['csv', 1],
  ['arrow', 0],
] as const)('buffers that %s data was read into are given back', async (kind, kept) => {
  const lake = await openLakebook({ heapBudgetBytes: 16 * 2 ** 20, threads: 1 })
  const taken = vi.spyOn(readBuffers, 'take')
  const given = vi.spyOn(readBuffers, 'giveBack')
  try {
    await lake.registerFile('t', new File([files[kind]], `t.${kind}`))
    await lake.sql('SELECT count(id) FROM t')
    const long = taken.mock.calls.filter(([bytes]) => bytes > 100_000)
    expect(long.length).toBeGreaterThan(kept)
    expect(given.mock.calls.length).toBeGreaterThanOrEqual(long.length - kept)
  } finally {
    vi.restoreAllMocks()
    await lake.close()
  }
})
