import type { Catalog, CatalogEntry } from './catalog/catalog.ts'
import { eventLoopTurn } from './execution/event-loop-turn.ts'
import { throwIfCancelled } from './formats/byte-source.ts'
import type { CgmPresetName } from './formats/generated/cgm-presets.ts'
import { CgmReadings } from './formats/generated/cgm-readings.ts'
import { nameOfSource, openSource, type OpenPath } from './formats/open-source.ts'
import type { ReadWatch } from './formats/read-watch.ts'
import { RecordsTable } from './formats/records/records-table.ts'
import { RejectsTable } from './formats/records/rejects-table.ts'
import type { AddOptions, FileSource, TableInfo } from './lakebook.ts'
import { openFiles } from './opened-files.ts'
import type { Resources } from './resources.ts'
import { arrivalAccess } from './session-access.ts'
import type { TextOrder } from './session-order.ts'

/**
 * Adds files to the catalog and takes them from it, one after the other in the order in which they were asked for. They
 * wait for no text; a text that was asked for later and may read them waits for them.
 */
export class FileArrivals {
  readonly #catalog: Catalog
  readonly #resources: Resources
  readonly #openPath: OpenPath | null
  readonly #order: TextOrder
  /** Ends when all that were asked for have arrived. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(catalog: Catalog, resources: Resources, openPath: OpenPath | null, order: TextOrder) {
    this.#catalog = catalog
    this.#resources = resources
    this.#openPath = openPath
    this.#order = order
  }

  add(name: string, sources: readonly FileSource[], { signal, onProgress }: AddOptions): Promise<TableInfo> {
    const startedMs = performance.now()
    const watch: ReadWatch = {
      signal,
      tell: (stage, fraction, rows) => {
        onProgress?.({ stage, fraction, rows, elapsedMs: performance.now() - startedMs })
        return eventLoopTurn()
      },
    }
    const names = [name, `${name}_rejects`, ...sources.map((source) => nameOfSource(source, name))]
    return this.#arrive(names, async () => {
      throwIfCancelled(signal)
      const opened = await Promise.all(
        sources.map((source) => openSource(source, name, this.#openPath, watch)),
      )
      const provider = await openFiles(opened, this.#resources, watch)
      const files = await provider.fingerprints()
      const entry = { kind: 'file', name, provider, files } as const
      this.#catalog.replace(entry)
      if (provider instanceof RecordsTable && provider.rejectCount > 0) {
        this.#catalog.replace({
          kind: 'table',
          name: `${name}_rejects`,
          provider: new RejectsTable(provider),
        })
      }
      return this.#catalog.info(entry)
    })
  }

  /** The generated readings of the demo, as `readings`. None of them is made yet. */
  addReadings(preset: CgmPresetName): Promise<Extract<CatalogEntry, { kind: 'table' }>> {
    return this.#arrive(['readings', 'readings.parquet'], () => {
      const { cache, pages, reader } = this.#resources
      const provider = new CgmReadings(preset, cache, pages, reader.morselBytes)
      const entry = { kind: 'table', name: 'readings', provider } as const
      this.#catalog.replace(entry)
      return entry
    })
  }

  drop(name: string): Promise<void> {
    return this.#arrive([name], () => {
      const entry = this.#catalog.table(name, false)
      this.#catalog.remove(entry.name)
      this.#catalog.discard(entry)
    })
  }

  /** Texts that may read what has one of `names` wait for it. */
  #arrive<Result>(names: readonly string[], action: () => Result | Promise<Result>): Promise<Result> {
    const turn = this.#order.take(() => arrivalAccess(names))
    const result = this.#last.then(action).finally(() => turn.end())
    this.#last = result.catch(() => undefined)
    return result
  }
}
