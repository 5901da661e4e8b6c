import { DuckDBInstance } from '@duckdb/node-api'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LakebookError } from '../../errors.ts'
import { expectNothingHeld } from '../../testing/expect-nothing-held.ts'
import { scanCells } from '../../testing/heap-cells.ts'
import { openParquetEngine, type ParquetEngine } from '../../testing/parquet-engine.ts'
import { BytesSource } from '../byte-source.ts'
import { Random } from '../generated/random.ts'
import { ParquetTable } from './parquet-table.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'lakebook-damaged-'))
const duckdb = await (await DuckDBInstance.create()).connect()
let engine: ParquetEngine
let good: Uint8Array

beforeAll(async () => {
  engine = await openParquetEngine({ budgetBytes: 64 * 2 ** 20 })
  good = await written('zstd', 'ROW_GROUP_SIZE 2048')
})

afterAll(() => {
  rmSync(folder, { recursive: true })
  engine.reader.cache.close()
  expectNothingHeld(engine.heap, engine.pool)
})

async function written(codec: string, options = ''): Promise<Uint8Array> {
  const file = path.join(folder, `${codec}.parquet`)
  await duckdb.run(
    `COPY (SELECT i AS id, i * 1.5::DOUBLE AS price, CASE WHEN i % 7 > 0 THEN 'name ' || i % 100 END AS name,
      (i * 0.01)::DECIMAL(12, 2) AS amount, i % 2 = 0 AS even, DATE '2024-01-01' + (i % 400)::INTEGER AS day
      FROM range(6000) t(i)) TO '${file}' (FORMAT parquet, COMPRESSION ${codec}${options === '' ? '' : `, ${options}`})`,
  )
  return new Uint8Array(readFileSync(file))
}

async function read(bytes: Uint8Array, name = 'readings.parquet') {
  const table = await ParquetTable.open([new BytesSource(name, bytes)], engine.reader)
  try {
    return await scanCells(engine.heap, table)
  } finally {
    table.close()
  }
}

async function failure(work: Promise<unknown>): Promise<LakebookError> {
  const error: unknown = await work.then(
    () => expect.fail('it succeeded'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof LakebookError)) throw error
  return error
}

/** Reads the good file: a failure before must not matter. */
async function expectSound() {
  const cells = await read(good)
  expect(cells['id']!.length).toBe(6000)
  expect(cells['name']!.slice(0, 3)).toEqual([null, 'name 1', 'name 2'])
}

describe('files that are not what they should be', () => {
  test('an empty file', async () => {
    const error = await failure(read(new Uint8Array()))
    expect(error.code).toBe('not_readable')
    expect(error.message).toBe('readings.parquet is empty')
  })

  test('a file that is not Parquet', async () => {
    const error = await failure(read(new TextEncoder().encode('id,name\n1,Ada\n2,Grace\n'), 'people.csv'))
    expect(error.code).toBe('not_readable')
    expect(error.message).toBe('people.csv is not a Parquet file')
    expect(error.hint).toContain('PAR1')
  })

  test('a truncated file, wherever it was cut', async () => {
    for (const bytes of [5, 12, 100, good.length >> 1, good.length - 9, good.length - 1]) {
      const error = await failure(read(good.slice(0, bytes)))
      expect([bytes, error.code]).toEqual([bytes, bytes < 12 ? 'not_readable' : 'corrupt_file'])
      expect(error.message).toContain('readings.parquet')
    }
    await expectSound()
  })

  test('a file with an encrypted footer', async () => {
    const bytes = good.slice()
    bytes.set(new TextEncoder().encode('PARE'), bytes.length - 4)
    const error = await failure(read(bytes))
    expect(error.code).toBe('encrypted_file')
    await expectSound()
  })

  test('a page that is damaged names file, row group and column', async () => {
    const plain = await written('uncompressed', 'ROW_GROUP_SIZE 2048')
    const bytes = plain.slice()
    bytes.fill(0xff, 4, 60)
    const error = await failure(read(bytes))
    expect(error.code).toBe('corrupt_file')
    expect(error.message).toMatch(/^readings\.parquet, row group 0, column id is damaged: /)
    await expectSound()
  })
})

/** Flips bits at seeded places; each outcome must be an answer or one of the errors for whoever owns the data. */
async function mutate(original: Uint8Array, times: number, seed: number, from = 0) {
  const random = new Random(seed)
  const outcomes = { answers: 0, errors: 0 }
  for (let i = 0; i < times; i++) {
    const bytes = original.slice()
    const flips = 1 + random.below(4)
    for (let flip = 0; flip < flips; flip++) {
      const at = from + random.below(bytes.length - from)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
    }
    try {
      await read(bytes)
      outcomes.answers++
    } catch (error) {
      if (!(error instanceof LakebookError)) throw error
      expect(['corrupt_file', 'not_readable', 'encrypted_file', 'unsupported', 'out_of_memory']).toContain(
        error.code,
      )
      expect(error.message).toContain('readings.parquet')
      outcomes.errors++
    }
  }
  await expectSound()
  return outcomes
}

describe('bits flipped at random', () => {
  test.each(['uncompressed', 'snappy', 'zstd', 'gzip'])('%s', { timeout: 60_000 }, async (codec) => {
    const outcomes = await mutate(await written(codec), 60, codec.length)
    // Values that no codec checks may come out changed; compressed ones hardly ever do.
    expect(outcomes.errors).toBeGreaterThan(codec === 'uncompressed' ? 0 : 5)
  })

  test('in the footer', { timeout: 60_000 }, async () => {
    const footerBytes = new DataView(good.buffer).getUint32(good.length - 8, true)
    const outcomes = await mutate(good, 150, 7, good.length - footerBytes - 8)
    expect(outcomes.errors).toBeGreaterThan(10)
  })
})
