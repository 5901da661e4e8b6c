import { expect, test } from 'vitest'
import type { ColumnVector } from '../arrow/column-batch.ts'
import { types } from '../arrow/types.ts'
import { SessionTable, type HeldBatch } from './session-table.ts'

const schema = {
  fields: [
    { name: 'a', type: types.int32, nullable: false },
    { name: 'b', type: types.int64, nullable: true },
  ],
}

function vector(values: number, validity = 0): ColumnVector {
  return { type: types.int32, validity, values, offsets: 0, child: null, dictionary: null }
}

function held(length: number, freed: string[], name: string): HeldBatch {
  const batch = { length, columns: [vector(8), vector(16, 24)] }
  return { batch, bytes: 100, free: () => freed.push(name) }
}

test('scans read the batches where they lie, in order, with the columns asked for', async () => {
  const table = new SessionTable(schema, [held(3, [], 'x'), held(0, [], 'y'), held(2, [], 'z')])
  expect(table.statistics.rowCount).toBe(5)
  expect(table.statistics.columns.map((column) => column?.nullCount)).toEqual([0, null])
  const { morsels, pruning } = await table.planScan({ columns: [1, 1], predicates: [] })
  expect(morsels.map((morsel) => morsel.rows)).toEqual([3, 2])
  expect(pruning[0]).toMatchObject({ layer: 'column', unitsIn: 2, unitsKept: 1 })
  const loader = table.openLoader([1, 1])
  const { batch } = await loader.load(morsels[1]!, new AbortController().signal)
  expect(batch).toEqual({ length: 2, columns: [vector(16, 24), vector(16, 24)] })
})

test('rows inserted later are seen by scans planned later', async () => {
  const table = new SessionTable(schema, [held(3, [], 'x')])
  const before = await table.planScan({ columns: [], predicates: [] })
  table.append([held(4, [], 'y')])
  expect(before.morsels.length).toBe(1)
  expect((await table.planScan({ columns: [], predicates: [] })).morsels.length).toBe(2)
  expect(table.statistics.rowCount).toBe(7)
})

test('memory goes when the table is closed and its last reader is', () => {
  const freed: string[] = []
  const table = new SessionTable(schema, [held(3, freed, 'x'), held(1, freed, 'y')])
  const loader = table.openLoader([0])
  table.close()
  expect(freed).toEqual([])
  loader.close()
  loader.close()
  expect(freed).toEqual(['x', 'y'])
  table.close()
  expect(freed).toEqual(['x', 'y'])
})
