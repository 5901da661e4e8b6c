import { expect, it } from 'vitest'
import { openLakebook } from '../node.ts'
import { cellsOf } from '../testing/arrow-cells.ts'

it('says of many columns, which share passes, what it says of each alone', async () => {
  const lake = await openLakebook({ heapBudgetBytes: 16 * 2 ** 20, threads: 1 })
  const kinds = [
    'i % 7',
    "'t' || (i % 11)",
    'CASE WHEN i % 3 = 0 THEN NULL ELSE i / 4 END',
    '[i]',
    "DATE '2024-01-01' + i::INTEGER",
  ]
  const columns = Array.from({ length: 130 }, (_, n) => `${kinds[n % kinds.length]} AS c${n}`)
  await lake.sql(`CREATE TABLE wide AS SELECT ${columns.join(', ')} FROM range(500) r(i)`)
  const together = cellsOf((await lake.sql('SUMMARIZE wide')).table)
  expect(together).toHaveLength(130)
  for (const column of [0, 1, 2, 3, 4, 64, 128, 129]) {
    const alone = cellsOf((await lake.sql(`SUMMARIZE SELECT c${column} FROM wide`)).table)
    expect([together[column]]).toEqual(alone)
  }
  await lake.close()
})
