import { typeName } from './arrow/types.ts'
import type { CatalogEntry as BoundEntry, CatalogReader } from './binder/environment.ts'
import type { Catalog, CatalogEntry } from './catalog/catalog.ts'
import { FilesNotOpen } from './catalog/file-request.ts'
import { LakebookError } from './errors.ts'
import { CollectionTable } from './execution/collection-table.ts'
import { SeriesTable } from './formats/generated/series-table.ts'
import type { OpenedFiles } from './opened-files.ts'
import type { Resources } from './resources.ts'
import type { SessionNames } from './session-names.ts'
import { settingNames, settingText, type Settings } from './settings.ts'

/** The catalog as binders see it: registered names, then file names and patterns. */
export function catalogReader(
  catalog: Catalog,
  opened: OpenedFiles,
  resources: Resources,
  { macros, prepared, schemas, sequences, types: userTypes, variables }: SessionNames,
  settings: Settings,
): CatalogReader {
  return {
    type: (name) => userTypes.get(name.toLowerCase()) ?? null,
    typeNames: () => [...userTypes.keys()],
    macro: (name) => macros.get(name.toLowerCase()) ?? null,
    prepared: (name) => prepared.get(name.toLowerCase()) ?? null,
    sequences,
    variable: (name) => variables.get(name.toLowerCase()) ?? null,
    variables: () => [...variables].map(([name, { type }]) => [name, typeName(type)]),
    preparedNames: () => [...prepared.keys()],
    schemas: () => [...schemas.values()],
    settings: () => settingNames.map((name) => ({ name, value: settingText(settings, name) })),
    names: () => catalog.names(),
    table(name) {
      const known = catalog.find(name, false)
      if (known !== null) return boundEntry(known)
      try {
        const entry = fileOf(catalog, name)
        return entry === null ? null : boundEntry(entry)
      } catch (error) {
        if (!(error instanceof FilesNotOpen)) throw error
        const found = opened.find(error.request)
        return found.kind === 'table' ? found : null
      }
    },
    series: (request) => new SeriesTable(request, resources.seriesReader, resources.reader.morselBytes),
    files(request) {
      // an unknown file is told of here, where the binder knows the place
      for (const pattern of request.patterns) catalog.files(pattern)
      return opened.find(request)
    },
  }
}

function fileOf(catalog: Catalog, name: string): CatalogEntry | null {
  try {
    return catalog.file(name)
  } catch (error) {
    // The binder knows the place, and says that there is no such table.
    if (error instanceof LakebookError && error.code === 'unknown_table') return null
    throw error
  }
}

function boundEntry(entry: CatalogEntry): BoundEntry {
  switch (entry.kind) {
    case 'file':
      return { kind: 'table', name: entry.name, provider: entry.provider }
    case 'table': {
      const { name, provider, definition } = entry
      return { kind: 'table', name, provider, definition, isChangeable: provider instanceof CollectionTable }
    }
    case 'view':
      return entry
    case 'frame':
      return { kind: 'frame', name: entry.name, plan: entry.plan }
  }
}
