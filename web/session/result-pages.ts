import { tableFromIPC, type Table } from 'apache-arrow'
import type { ResultPageRequest } from '../../workers/protocol.ts'
import { engine } from './connection.ts'

export type Sort = ResultPageRequest['sort']

/** Rows `offset` to `offset + limit` of a result, as Arrow. */
export async function fetchPage(
  id: number,
  offset: number,
  limit: number,
  sort: Sort = null,
): Promise<Table> {
  return tableFromIPC(await engine().page({ id, offset, limit, sort }))
}
