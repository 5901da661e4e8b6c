import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLakebook, type Lakebook } from './node.ts'
import { reference } from './session-reference.ts'

let lake: Lakebook
beforeAll(async () => {
  lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
})
afterAll(() => lake.close())

test('every entry says what it is, and no two of a group have one name', () => {
  const { entries } = reference()
  expect(new Set(entries.map(({ language }) => language))).toEqual(new Set(['sql', 'polars']))
  for (const { name, summary, signature, example } of entries) {
    expect(summary, name).not.toBe('')
    expect(signature, name).toContain(name)
    expect(example, name).not.toBe('')
  }
  const names = entries.map(({ language, group, name }) => `${language} ${group} ${name}`)
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
})

test('what the page puts into a cell runs', async () => {
  const { entries, polarsFrames } = reference()
  const sql = entries.find(({ name }) => name === 'sum')!
  const polars = entries.find(({ signature }) => signature.startsWith('frame.sort('))!
  expect((await lake.sql(sql.example)).table.numRows).toBe(1)
  expect((await lake.polars(`${polarsFrames}${polars.example}`)).table.numRows).toBe(4)
})
