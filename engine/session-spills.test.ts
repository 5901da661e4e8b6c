import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openLakebook } from './node.ts'
import { makeLargeFiles, type LargeFiles } from './testing/large-file.ts'

const SORT = `SELECT max(place) FROM (
  SELECT id, person, kind, row_number() OVER (ORDER BY amount, id) AS place FROM events) t`
const PIECE_BYTES = 300_000

let files: LargeFiles

beforeAll(async () => {
  files = await makeLargeFiles()
}, 120_000)

afterAll(() => files.close())

it('spills can be kept until the next query, and are streams that Arrow reads', async () => {
  const lake = await openLakebook({ heapBudgetBytes: 16 * 2 ** 20, threads: 1 })
  try {
    await lake.registerFile('events', files.paths['events']!)
    await lake.sql(SORT)
    expect(await lake.spills()).toEqual([])
    await lake.sql('SET keep_spills = true')
    const { profile } = await lake.sql(SORT)
    const spills = await lake.spills()
    const runs = spills.filter(({ operator }) => operator.startsWith('Window'))
    expect(runs.length).toBeGreaterThan(1)
    const written = runs.reduce((sum, { bytes }) => sum + bytes, 0)
    const window = profile.operators.find(({ name }) => name === 'Window')
    expect(written).toBe(window?.spillWrittenBytes)
    expect(lake.memory().spillFileBytes).toBeGreaterThanOrEqual(written)

    const [run] = runs
    const pieces: Uint8Array[] = []
    for (let at = 0; at < run!.bytes; at += PIECE_BYTES) {
      pieces.push(await lake.readSpill(run!.id, at, PIECE_BYTES))
    }
    const table = tableFromIPC(Buffer.concat(pieces))
    expect(table.numRows).toBe(run!.rows)
    expect(table.schema.fields.map(({ name }) => name)).toContain('id')
    expect((await lake.readSpill(run!.id, run!.bytes, 10)).length).toBe(0)

    // What says something about the query takes no part in it.
    await lake.sql('SHOW keep_spills')
    expect(await lake.spills()).toEqual(spills)
    await lake.sql('SET keep_spills = false')
    await lake.sql('SELECT count(*) FROM events')
    expect(await lake.spills()).toEqual([])
    expect(lake.memory().spillFileBytes).toBe(0)
    await expect(lake.readSpill(run!.id, 0, 10)).rejects.toMatchObject({ code: 'invalid_argument' })
  } finally {
    await lake.close()
  }
}, 120_000)
