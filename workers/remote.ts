import type { Answer } from './answer.ts'
import type { PoolChannel } from './pool-channel.ts'
import type { TableInfo } from '../engine/lakebook.ts'
import type {
  AddRequest,
  ArrangeRequest,
  Coordinator,
  EngineSettings,
  EngineStatus,
  ResultHandle,
  RunRequest,
  WholeResult,
} from './protocol.ts'

export interface OpenedEngine {
  readonly status: EngineStatus
  /** The cells of a shared heap, by which a run is cancelled (`RunCell`); null: then only a message cancels. */
  readonly runCells: Int32Array | null
}

type Answered<Method> = Method extends (...args: infer Args) => Promise<infer Value>
  ? (...args: Args) => Promise<Answer<Value>>
  : never

/** What the coordinator worker exposes: the protocol's methods with wrapped answers. The rest comes as news. */
export type CoordinatorRemote = {
  readonly [
    Name in Exclude<
      keyof Coordinator,
      | 'open'
      | 'reopen'
      | 'cancel'
      | 'registerFile'
      | 'registerAgain'
      | 'arrange'
      | 'run'
      | 'runWhole'
      | 'onMemory'
    >
  ]: Answered<Coordinator[Name]>
} & {
  registerFile(request: AddRequest): Promise<Answer<TableInfo>>
  registerAgain(request: { readonly runId: number; readonly name: string }): Promise<Answer<TableInfo>>
  arrange(request: ArrangeRequest): Promise<Answer<Pick<ResultHandle, 'id' | 'rowCount'>>>
  run(request: RunRequest): Promise<Answer<ResultHandle>>
  runWhole(request: RunRequest): Promise<Answer<WholeResult>>
  /** `pool`: the page's own, in place of the one that the settings name. */
  open(settings: EngineSettings, pool: PoolChannel | null): Promise<Answer<OpenedEngine>>
  reopen(settings: EngineSettings): Promise<Answer<OpenedEngine>>
  cancel(runId: number): void
  /** Gives spill files and memory back. */
  close(): Promise<Answer<void>>
}
