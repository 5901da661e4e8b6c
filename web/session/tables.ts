import { engine } from './connection.ts'
import { useEngine } from './engine-store.ts'

/** A table of which nothing has changed stays the same object, so that it is not drawn again. */
export async function refreshTables(): Promise<void> {
  const found = await engine().tables()
  const known = new Map(useEngine.getState().tables.map((table) => [table.name, table]))
  const tables = found.map((table) => {
    const before = known.get(table.name)
    return before !== undefined && JSON.stringify(before) === JSON.stringify(table) ? before : table
  })
  useEngine.setState({ tables })
}
