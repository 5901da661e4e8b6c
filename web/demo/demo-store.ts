import { create } from 'zustand'
import type { TableInfo } from '../../engine/lakebook.ts'
import type { CgmPreset } from '../../workers/protocol.ts'
import type { Band } from './row-by-row.ts'
import type { RowByRowAnswer } from './run-row-by-row.ts'

/** A person and a day, as SQL literals, and as the page names them. */
export interface PersonDay {
  readonly label: string
  readonly user: string
  /** `2026-03-01` */
  readonly day: string
}

export interface DayPoint {
  /** Minutes since midnight. */
  readonly minute: number
  readonly glucose: number | null
  readonly band: Band
}

interface DemoState {
  readonly readings: {
    readonly preset: CgmPreset
    readonly table: TableInfo
    readonly elapsedMs: number
  } | null
  readonly rowByRow: RowByRowAnswer | null
  /** Times of the compiled versions run once more, by the role of their cells. */
  readonly againMs: Readonly<Partial<Record<string, number>>>
  readonly days: readonly PersonDay[]
  readonly day: { readonly of: PersonDay; readonly points: readonly DayPoint[] } | null
}

export const useDemo = create<DemoState>()(() => ({
  readings: null,
  rowByRow: null,
  againMs: {},
  days: [],
  day: null,
}))
