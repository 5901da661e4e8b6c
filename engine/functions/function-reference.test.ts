import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLakebook, type NodeLakebook } from '../node.ts'
import { functionReference } from './function-reference.ts'

describe('the reference of functions', () => {
  let lake: NodeLakebook

  beforeAll(async () => {
    lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  })

  afterAll(async () => {
    await lake.close()
  })

  it('says something about each, in one line', () => {
    for (const { name, summary } of functionReference()) {
      expect(summary.trim(), name).not.toBe('')
      expect(summary, name).not.toContain('\n')
    }
  })

  it('has no name twice', () => {
    const names = functionReference()
      .filter(({ category }) => category !== 'window')
      .flatMap(({ name, aliases }) => [name, ...aliases])
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  it('has an example of each that runs', async () => {
    const failures: string[] = []
    for (const { name, example } of functionReference()) {
      try {
        const { table } = await lake.sql(example)
        if (table.numRows === 0) failures.push(`${name}: ${example} has no rows`)
      } catch (error) {
        failures.push(`${name}: ${example}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    expect(failures).toEqual([])
  }, 60_000)
})
