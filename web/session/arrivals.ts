import type { FileSource, QueryProgress, TableInfo } from '../../engine/lakebook.ts'
import { plural } from '../theme/format.ts'
import { asRun } from './active-runs.ts'
import { announce } from './announcements.ts'
import { engine } from './connection.ts'
import { useEngine, type IncomingFile } from './engine-store.ts'
import { endingOf, groupFiles, nameBeside, tableNameOf, type FileGroup } from './table-name.ts'
import { refreshTables } from './tables.ts'
import { asWireError, isCancelled } from './wire-error.ts'

/** How often the page shows how far a file is. */
const PROGRESS_MS = 100

let nextId = 1

/** Registers what was dropped or picked. Numbered files form one table; files of one name replace the older one. */
export async function addFiles(files: readonly File[]): Promise<void> {
  await addGroups(groupFiles(files))
}

/** Registers the files of a dropped folder; numbered parts without a name of their own take the folder's. */
export async function addFolder(folder: string, files: readonly File[]): Promise<void> {
  const groups = groupFiles(files).map((group) => {
    const isParts = group.files.length > 1 && /^(part|data|file|chunk)s?$/.test(group.name)
    return isParts ? { ...group, name: tableNameOf(`${folder}.`) } : group
  })
  await addGroups(groups)
}

export async function addUrl(url: string): Promise<void> {
  const name = tableNameOf(new URL(url).pathname)
  await register(nameBeside(name, endingOf(url), takenNames([])), [url])
}

/** Reads in what an older heap had. */
export async function bringBack(): Promise<void> {
  const names = await engine().toRegister()
  await Promise.all(
    names.map((name) => arrive(name, (runId, tell) => engine().registerAgain({ runId, name }, tell))),
  )
}

/** Stops a file on its way in, or takes the message of one that could not be read from the page. */
export function dismissIncoming({ id, runId }: IncomingFile): void {
  if (runId !== null) engine().cancel(runId)
  useEngine.setState(({ incoming }) => ({ incoming: incoming.filter((file) => file.id !== id) }))
}

/** All are asked for at once, so that each is on show; the engine reads one after the other. */
async function addGroups(groups: readonly FileGroup<File>[]): Promise<void> {
  const given: string[] = []
  const named = groups.map(({ name, files }) => {
    const free = nameBeside(name, endingOf(files[0]!.name), takenNames(given))
    given.push(free)
    return { name: free, files }
  })
  await Promise.all(named.map(({ name, files }) => registerParts(name, files)))
}

/** Parts that do not have the same columns are no parts: each becomes a table of its own. */
async function registerParts(name: string, files: readonly File[]): Promise<void> {
  const failed = await register(name, files, files.length > 1)
  if (failed === null) return
  announce(
    `${plural(files.length, 'file')} have other columns than each other, and become tables of their own`,
  )
  await addGroups(files.map((file) => ({ name: tableNameOf(file.name), files: [file] })))
}

/** The mismatch of columns that it failed with when it `mayBeSplit`; everything else is shown here. */
function register(
  name: string,
  sources: readonly FileSource[],
  mayBeSplit = false,
): Promise<'schema_mismatch' | null> {
  return arrive(name, (runId, tell) => engine().registerFile({ runId, name, sources }, tell), mayBeSplit)
}

async function arrive(
  name: string,
  action: (runId: number, tell: (progress: QueryProgress) => void) => Promise<TableInfo>,
  mayBeSplit = false,
): Promise<'schema_mismatch' | null> {
  const id = nextId++
  try {
    const table = await asRun((runId) => {
      const arriving: IncomingFile = { id, name, runId, progress: null, error: null }
      useEngine.setState(({ incoming }) => ({
        incoming: [...incoming.filter((file) => file.name !== name || file.error === null), arriving],
      }))
      return action(runId, progressOf(id))
    }, null)
    amend(id, null)
    await refreshTables()
    announce(`Added ${table.name}: ${plural(table.rowCount ?? 0, 'row')}`)
  } catch (thrown) {
    const error = asWireError(thrown)
    const isSplit = mayBeSplit && error.code === 'schema_mismatch'
    amend(id, isSplit || isCancelled(error) ? null : { runId: null, error })
    if (isSplit) return 'schema_mismatch'
    announce(isCancelled(error) ? `${name} was not added` : `${name} could not be added: ${error.message}`)
  }
  return null
}

function progressOf(id: number): (progress: QueryProgress) => void {
  let shownMs = 0
  return (progress) => {
    const nowMs = performance.now()
    if (nowMs - shownMs < PROGRESS_MS) return
    shownMs = nowMs
    amend(id, { progress })
  }
}

/** Null takes it from the page. */
function amend(id: number, change: Partial<IncomingFile> | null): void {
  useEngine.setState(({ incoming }) => ({
    incoming: incoming.flatMap((file) => {
      if (file.id !== id) return file
      return change === null ? [] : { ...file, ...change }
    }),
  }))
}

/** Names that mean something else already, with the endings of the files that they stand for. */
function takenNames(given: readonly string[]): ReadonlyMap<string, string | null> {
  const { tables, incoming } = useEngine.getState()
  return new Map([
    ...tables.map(({ name, kind, files }) => {
      const [file] = files
      return [name, kind === 'file' && file ? endingOf(file.name) : null] as const
    }),
    ...incoming.filter(({ error }) => error === null).map(({ name }) => [name, null] as const),
    ...given.map((name) => [name, null] as const),
  ])
}
