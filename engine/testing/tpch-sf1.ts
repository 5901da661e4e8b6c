import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { suitesFolder } from './suites/suite.ts'

export interface NamedQuery {
  readonly name: string
  readonly sql: string
}

/** What each needs at scale factor 1 is many times 64 MiB. */
const HEAVY_QUERIES: readonly NamedQuery[] = [
  {
    name: 'sort of all columns',
    sql: 'SELECT * FROM lineitem ORDER BY l_comment, l_orderkey LIMIT 10 OFFSET 5000000',
  },
  {
    name: 'millions of groups',
    sql: 'SELECT count(*) FROM (SELECT l_orderkey, l_partkey, count(*), sum(l_quantity) FROM lineitem GROUP BY 1, 2)',
  },
  {
    name: 'window over all rows',
    sql: 'SELECT max(r) FROM (SELECT row_number() OVER (PARTITION BY l_partkey ORDER BY l_extendedprice) r FROM lineitem)',
  },
  { name: 'distinct texts', sql: 'SELECT count(DISTINCT l_comment) FROM lineitem' },
]

/**
 * TPC-H at scale factor 1: a Parquet file for each table, its 22 queries, and four that hold more at once. Null where the
 * data (which `npm test` makes) or the queries are missing: then what needs them is skipped.
 */
export function tpchSf1(): { readonly folder: string; readonly queries: readonly NamedQuery[] } | null {
  const folder = path.resolve(import.meta.dirname, '../../.cache/tpch-sf1')
  const texts = path.join(suitesFolder, 'tpch/queries')
  if (!existsSync(folder) || !existsSync(texts)) {
    console.log('TPC-H at scale factor 1 is not here: what needs it is skipped.')
    return null
  }
  const files = readdirSync(texts).sort()
  const queries = files.map((file) => ({
    name: path.basename(file, '.sql'),
    sql: readFileSync(path.join(texts, file), 'utf8'),
  }))
  return { folder, queries: [...queries, ...HEAVY_QUERIES] }
}
