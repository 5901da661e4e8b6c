import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeResult } from '../testing/compare-results.ts'
import { evaluatePlan } from '../testing/reference.ts'
import { SqlTestbed } from '../testing/sql-testbed.ts'
import { optimize } from './optimize.ts'

const shared = path.resolve(import.meta.dirname, '../../../shared')
const data = path.join(shared, 'data/tpch/sf0.01')
const queries = path.join(shared, 'suites/tpch/queries')
const isThere = existsSync(data) && existsSync(queries)
const tables = ['customer', 'lineitem', 'nation', 'orders', 'part', 'partsupp', 'region', 'supplier']

describe.skipIf(!isThere)('TPC-H at scale factor 0.01 (skipped where ../shared is absent)', () => {
  let testbed: SqlTestbed

  beforeAll(async () => {
    testbed = await SqlTestbed.open(
      Object.fromEntries(tables.map((table) => [table, `SELECT * FROM '${path.join(data, table)}.parquet'`])),
    )
  }, 120_000)
  afterAll(() => testbed.close())

  const files = isThere ? readdirSync(queries).toSorted() : []
  it.each(files)(
    '%s',
    async (file) => {
      const sql = readFileSync(path.join(queries, file), 'utf8')
      const theirs = describeResult(await testbed.judge.query(sql), false)
      const { plan } = optimize(testbed.plan(sql), { disabled: new Set() })
      expect(describeResult(evaluatePlan(plan), false)).toEqual(theirs)
    },
    120_000,
  )
})
