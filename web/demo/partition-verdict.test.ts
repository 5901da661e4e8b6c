import { expect, test } from 'vitest'
import { decodeLink, encodeLink } from '../notebook/link.ts'
import { exampleOf } from './examples.ts'
import { verdicts, type PartitionRun } from './partition-verdict.ts'

const few: PartitionRun = {
  partitions: 4,
  way: 'one-step',
  elapsedMs: 1000,
  spilledBytes: 100,
  spillCount: 10,
  peakBytes: 50,
}

function saying(...changes: Partial<PartitionRun>[]): string {
  return verdicts([few, ...changes.map((change) => ({ ...few, ...change }))])
    .map(({ finding }) => finding)
    .join(' ')
}

test('the advice is said to hold only where the runs show it', () => {
  const many = { partitions: 16, spilledBytes: 300, spillCount: 40 }
  expect(saying({ ...many, elapsedMs: 2000 })).toContain('Fewer partitions were better')
  expect(saying({ ...many, elapsedMs: 1050 })).toContain('took about as long')
  expect(saying({ ...many, elapsedMs: 500 })).toContain('quicker all the same')
  expect(saying({ partitions: 16, elapsedMs: 2000 })).toContain('not by spilling more')
  expect(saying({ partitions: 16 })).toContain('no difference')
  expect(saying({ way: 'two-steps', elapsedMs: 500 })).toContain('Two steps were quicker, as the advice says')
  expect(saying({ way: 'two-steps', elapsedMs: 2000 })).toContain('does not hold')
  expect(saying({ partitions: 16, way: 'two-steps' })).toBe('')
  expect(verdicts([{ ...few, spilledBytes: 0, spillCount: 0 }])[0]?.finding).toContain('Nothing spilled')
})

test('an address opens an example, which also fits into a link', () => {
  const notebook = exampleOf('#example=partitions')!
  expect(notebook.title).toBe('Partitions and memory')
  const link = encodeLink({ notebook, needs: [] })
  expect(link.length).toBeLessThan(8000)
  expect(decodeLink(link)?.notebook.cells).toHaveLength(notebook.cells.length)
  expect(exampleOf(link)).toBeNull()
  expect(() => exampleOf('#example=nothing')).toThrow('There are: glucose, partitions')
})
