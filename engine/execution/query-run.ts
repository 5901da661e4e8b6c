import type { TableProvider } from '../catalog/table-provider.ts'
import type { Heap } from '../memory/heap.ts'
import type { RunCell } from '../memory/run-cells.ts'
import { SpillManner } from '../spill/spill-manner.ts'
import type { DriverTurns, Turn } from './driver-turns.ts'

/** What a run is made with. */
export interface QueryRunOptions {
  /** Below 2^30. */
  readonly number: number
  readonly signal: AbortSignal
  readonly manner?: SpillManner
  /** The table as it was when the run was bound. */
  readonly tableOf?: (provider: TableProvider) => TableProvider
}

/** One of the runs that are under way in an engine: what is its own, and nobody else's. */
export class QueryRun {
  readonly number: number
  readonly signal: AbortSignal
  readonly manner: SpillManner
  readonly cell: RunCell
  readonly turn: Turn
  readonly tableOf: (provider: TableProvider) => TableProvider

  constructor(heap: Heap, turns: DriverTurns, options: QueryRunOptions) {
    this.number = options.number
    this.signal = options.signal
    this.manner = options.manner ?? new SpillManner()
    this.tableOf = options.tableOf ?? ((provider) => provider)
    this.cell = heap.runs.open(options.number)
    this.turn = turns.enter()
  }

  close(): void {
    this.turn.close()
    this.cell.close()
  }
}
