import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { groupMethodNames } from '../group-methods.ts'
import { frameMethodNames } from '../frame-methods.ts'
import { expressionMethodNames } from '../method-registry.ts'
import { plFunctionParameters } from '../pl-functions.ts'
import { selectorNames } from '../cs-functions.ts'
import { openLakebook, type Lakebook } from '../../node.ts'
import { polarsReference, SAMPLE_FRAMES, type ReferenceKind } from './reference.ts'

const registered: Readonly<Record<ReferenceKind, readonly string[]>> = {
  function: [...plFunctionParameters().keys(), 'when'],
  frame: frameMethodNames(),
  group: groupMethodNames(),
  expression: expressionMethodNames(),
  selector: selectorNames(),
}

const entries = polarsReference()

describe('the Polars reference', () => {
  it.each(Object.keys(registered) as ReferenceKind[])('has every %s, and nothing else', (kind) => {
    const described = entries.filter((entry) => entry.kind === kind).map((entry) => entry.name)
    expect(described.toSorted()).toEqual([...new Set(registered[kind])].toSorted())
  })

  it('says what each does in one line', () => {
    for (const { name, summary } of entries) expect(summary, name).toMatch(/^[A-Zep0-9-][^\n]{2,110}\.$/)
  })
})

describe('the examples of the Polars reference run', () => {
  let lake: Lakebook
  beforeAll(async () => {
    lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
    await lake.polars(SAMPLE_FRAMES)
  })
  afterAll(() => lake.close())

  it.each(entries.map((entry) => [entry.signature, entry.example]))('%s', async (_signature, example) => {
    const { table } = await lake.polars(example)
    expect(table.numCols).toBeGreaterThan(0)
  })
})
