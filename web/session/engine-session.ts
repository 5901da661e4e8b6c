import type { FileSource, TableInfo } from '../../engine/lakebook.ts'
import type { EngineSettings } from '../../workers/protocol.ts'
import { announce } from './announcements.ts'
import { engine } from './connection.ts'
import { useEngine, type IncomingFile } from './engine-store.ts'
import { addSample, startTimeline } from './memory-timeline.ts'
import { reportProblem } from './problems.ts'
import { forgetResults } from './run-store.ts'
import { freeName, groupFiles, tableNameOf } from './table-name.ts'
import { formatBytes } from '../theme/format.ts'
import { forgetTabMemory } from './tab-memory.ts'
import { asWireError } from './wire-error.ts'

/** Opens the engine with the settings chosen. A failure is shown by the page with what to do. */
export async function openEngine(): Promise<void> {
  try {
    const status = await engine().open(useEngine.getState().settings)
    useEngine.setState({ phase: { kind: 'ready', status }, settings: status.settings })
    await engine().onMemory(addSample)
    await refreshTables()
  } catch (thrown) {
    useEngine.setState({ phase: { kind: 'failed', error: asWireError(thrown) } })
  }
}

/**
 * Opens a new heap: files stay, session tables and results are gone. When it cannot be opened the engine goes on with
 * the settings before, and the page says why. True when the new one is open.
 */
export async function reopenEngine(settings: EngineSettings): Promise<boolean> {
  const before = useEngine.getState()
  forgetResults()
  forgetTabMemory()
  startTimeline()
  useEngine.setState({ phase: { kind: 'starting' }, settings })
  try {
    const status = await engine().reopen(settings)
    useEngine.setState({ phase: { kind: 'ready', status }, settings: status.settings })
    return true
  } catch (thrown) {
    const error = asWireError(thrown)
    if (before.phase.kind === 'ready') {
      useEngine.setState({ phase: before.phase, settings: before.settings })
      reportProblem(`A heap of ${formatBytes(settings.heapBudgetBytes)} could not be opened`, error)
    } else {
      useEngine.setState({ phase: { kind: 'failed', error } })
    }
    return false
  } finally {
    await refreshTables().catch(() => undefined)
  }
}

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

/** Registers what was dropped or picked. Numbered files form one table; files of one name replace the older one. */
export async function addFiles(files: readonly File[]): Promise<void> {
  for (const group of groupFiles(files)) await register(group.name, group.files)
}

/** Registers the files of a dropped folder; numbered parts without a name of their own take the folder's. */
export async function addFolder(folder: string, files: readonly File[]): Promise<void> {
  for (const group of groupFiles(files)) {
    const isParts = group.files.length > 1 && /^(part|data|file|chunk)s?$/.test(group.name)
    await register(isParts ? tableNameOf(`${folder}.`) : group.name, group.files)
  }
}

export async function addUrl(url: string): Promise<void> {
  await register(tableNameOf(new URL(url).pathname), [url])
}

export async function dropTable(name: string): Promise<void> {
  await engine().dropTable(name)
  await refreshTables()
  announce(`Removed ${name}`)
}

export function dismissIncoming(id: number): void {
  useEngine.setState(({ incoming }) => ({ incoming: incoming.filter((file) => file.id !== id) }))
}

let nextIncomingId = 1

async function register(wanted: string, sources: readonly FileSource[]): Promise<TableInfo | null> {
  const { tables } = useEngine.getState()
  const name = freeName(
    wanted,
    new Set(tables.filter((table) => table.kind !== 'file').map((table) => table.name)),
  )
  const arriving: IncomingFile = { id: nextIncomingId++, name, error: null }
  useEngine.setState(({ incoming }) => ({
    incoming: [...incoming.filter((file) => file.name !== name), arriving],
  }))
  try {
    const table = await engine().registerFile(name, sources)
    dismissIncoming(arriving.id)
    await refreshTables()
    announce(`Added ${table.name}: ${(table.rowCount ?? 0).toLocaleString('en')} rows`)
    return table
  } catch (thrown) {
    const error = asWireError(thrown)
    useEngine.setState(({ incoming }) => ({
      incoming: incoming.map((file) => (file.id === arriving.id ? { ...file, error } : file)),
    }))
    announce(`${name} could not be added: ${error.message}`)
    return null
  }
}
