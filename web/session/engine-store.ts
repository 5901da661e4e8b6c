import { create } from 'zustand'
import type { QueryProgress, TableInfo } from '../../engine/lakebook.ts'
import type { EngineSettings, EngineStatus, WireError } from '../../workers/protocol.ts'

const MIB = 2 ** 20

export const MIN_BUDGET_BYTES = 16 * MIB
export const MAX_BUDGET_BYTES = 4096 * MIB

export type EnginePhase =
  | { readonly kind: 'starting' }
  | { readonly kind: 'ready'; readonly status: EngineStatus }
  | { readonly kind: 'failed'; readonly error: WireError }

/** A file on its way in, or one that could not be read. */
export interface IncomingFile {
  readonly id: number
  readonly name: string
  /** By which it can be stopped; null when it has ended. */
  readonly runId: number | null
  /** Null before the engine has begun with it. */
  readonly progress: QueryProgress | null
  readonly error: WireError | null
}

interface EngineState {
  readonly phase: EnginePhase
  /** What the person asked for; `phase` holds what is open. */
  readonly settings: EngineSettings
  readonly tables: readonly TableInfo[]
  readonly incoming: readonly IncomingFile[]
}

/** A quarter of the device's memory, at most 1 GiB; every core when the page is isolated. */
function defaultSettings(): EngineSettings {
  const device = typeof navigator === 'undefined' ? {} : (navigator as { readonly deviceMemory?: number })
  const quarter = ((device.deviceMemory ?? 2) * 1024 * MIB) / 4
  const isolated = typeof crossOriginIsolated !== 'undefined' && crossOriginIsolated
  return {
    heapBudgetBytes: Math.max(64 * MIB, Math.min(1024 * MIB, quarter)),
    memoryPool: 'fair',
    threads: isolated ? navigator.hardwareConcurrency : 1,
  }
}

export const useEngine = create<EngineState>()(() => ({
  phase: { kind: 'starting' },
  settings: defaultSettings(),
  tables: [],
  incoming: [],
}))

export function readySettings(): EngineSettings | null {
  const { phase } = useEngine.getState()
  return phase.kind === 'ready' ? phase.status.settings : null
}
