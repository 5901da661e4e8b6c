import type { Lakebook, LakebookOptions, QueryProfile } from '../../../engine/lakebook.ts'
import { timed, type Timing } from './timing.ts'

export async function openLakebook(options: LakebookOptions): Promise<Lakebook> {
  const url = new URL('/lakebook.js', location.href).href
  const door = (await import(/* @vite-ignore */ url)) as {
    openLakebook(options: LakebookOptions): Promise<Lakebook>
  }
  return door.openLakebook(options)
}

/** Each query hot: the columns it needs are in the column cache. */
export async function timeLakebook(
  threads: number,
  dataUrl: string,
  queries: Readonly<Record<string, string>>,
): Promise<Record<string, Timing>> {
  const lake = await openLakebook({ heapBudgetBytes: 2 ** 30, threads })
  await lake.registerFile('lineitem', new URL(dataUrl, location.href).href)
  const timings: Record<string, Timing> = {}
  for (const [name, sql] of Object.entries(queries)) timings[name] = await timed(() => lake.sql(sql))
  await lake.close()
  return timings
}

export interface SortRun {
  readonly budgetBytes: number
  readonly timing: Timing
  readonly profile: Pick<QueryProfile, 'peakReservedBytes' | 'spilledBytes' | 'spillCount'>
}

/**
 * A sort of all of lineitem, a file as it is dropped, at one budget. Only its last row leaves the engine, so that only
 * the sort is timed. `cold`: the file is registered anew before each run, so that nothing of it is in the column cache.
 */
export async function timeSort(
  threads: number,
  budgetBytes: number,
  dataUrl: string,
  cold: boolean,
): Promise<SortRun> {
  const lake = await openLakebook({ heapBudgetBytes: budgetBytes, threads })
  const downloaded = await (await fetch(dataUrl)).blob()
  const file = new File([downloaded], 'lineitem.parquet')
  const { rowCount } = await lake.registerFile('lineitem', file)
  const sql = `SELECT * FROM lineitem ORDER BY l_extendedprice, l_comment, l_orderkey, l_linenumber
    LIMIT 1 OFFSET ${(rowCount ?? 0) - 1}`
  let profile: QueryProfile | undefined
  const before = async (): Promise<void> => {
    if (cold) await lake.registerFile('lineitem', file)
  }
  const timing = await timed(async () => ({ profile } = await lake.sql(sql)), 5, 2, before)
  await lake.close()
  const { peakReservedBytes, spilledBytes, spillCount } = profile!
  return { budgetBytes, timing, profile: { peakReservedBytes, spilledBytes, spillCount } }
}
