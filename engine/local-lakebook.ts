import { LakebookError } from './errors.ts'
import type {
  AddOptions,
  FileSource,
  KeptSpill,
  Lakebook,
  MemorySnapshot,
  QueryResult,
  RunOptions,
  TableInfo,
} from './lakebook.ts'
import type { FrameBuilder } from './polars/builder.ts'
import type { Session } from './session.ts'
import type { SessionRunOptions } from './session-run.ts'
import { keptSpills, readSpill } from './session-spills.ts'
import type { StoredResult } from './stored-result.ts'

/** The public door over a session on the same thread. */
export class LocalLakebook implements Lakebook {
  readonly #session: Session
  readonly #listeners = new Set<(sample: MemorySnapshot) => void>()

  constructor(session: Session) {
    this.#session = session
  }

  registerFile(
    name: string,
    source: FileSource | readonly FileSource[],
    options: AddOptions = {},
  ): Promise<TableInfo> {
    return this.#session.registerFile(name, isList(source) ? source : [source], options)
  }

  sql(text: string, options: RunOptions = {}): Promise<QueryResult> {
    return this.#run((given) => this.#session.run('sql', text, given), options)
  }

  polars(cell: string | FrameBuilder, options: RunOptions = {}): Promise<QueryResult> {
    return this.#run(
      (given) =>
        typeof cell === 'string'
          ? this.#session.run('polars', cell, given)
          : this.#session.runFrame(cell, given),
      options,
    )
  }

  tables(): Promise<readonly TableInfo[]> {
    return Promise.resolve(this.#session.tables())
  }

  memory(): MemorySnapshot {
    return this.#session.memory()
  }

  spills(): Promise<readonly KeptSpill[]> {
    return Promise.resolve(keptSpills(this.#session))
  }

  readSpill(id: number, at: number, bytes: number): Promise<Uint8Array> {
    return readSpill(this.#session, id, at, bytes)
  }

  onMemory(listener: (sample: MemorySnapshot) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  close(): Promise<void> {
    return this.#session.close()
  }

  async #run(
    query: (options: SessionRunOptions) => Promise<StoredResult>,
    options: RunOptions,
  ): Promise<QueryResult> {
    const { signal, onProgress, params } = options
    if (signal?.aborted === true) throw new LakebookError('cancelled', 'The query was cancelled')
    const result = await query({
      signal,
      onProgress,
      params,
      onMemory: (sample) => {
        for (const listener of this.#listeners) listener(sample)
      },
    })
    try {
      const { profile, file } = result
      const table = await this.#session.read(() => result.toArrow())
      return { table, profile, ...(file === null ? {} : { file }) }
    } finally {
      result.close()
    }
  }
}

function isList(source: FileSource | readonly FileSource[]): source is readonly FileSource[] {
  return Array.isArray(source)
}
