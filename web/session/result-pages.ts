import { tableFromIPC, type Table } from 'apache-arrow'
import { engine } from './connection.ts'

/** Rows `offset` to `offset + limit` of a result, as Arrow. */
export async function fetchPage(id: number, offset: number, limit: number): Promise<Table> {
  return tableFromIPC(await engine().page({ id, offset, limit }))
}
