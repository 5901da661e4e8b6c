import type { RunEvent, RunSpan } from '../session/memory-timeline.ts'

/** When a cell ran, and its spills and merges, as parts of the time shown: 0 to 1. */
export interface RunLane {
  readonly cellId: string
  readonly spans: readonly { readonly from: number; readonly to: number }[]
  readonly marks: readonly { readonly kind: RunEvent['kind']; readonly at: number; readonly what: string }[]
}

/** A lane for each cell that ran between `fromMs` and `toMs`, in the order in which they began. */
export function runLanes(
  runs: readonly RunSpan[],
  events: readonly RunEvent[],
  cellOf: Readonly<Partial<Record<number, string>>>,
  fromMs: number,
  toMs: number,
): RunLane[] {
  const lengthMs = Math.max(1, toMs - fromMs)
  const partOf = (atMs: number): number => Math.min(1, Math.max(0, (atMs - fromMs) / lengthMs))
  const shown = runs.filter((run) => run.fromMs <= toMs && (run.toMs ?? toMs) >= fromMs)
  const cells = new Set(shown.flatMap(({ run }) => cellOf[run] ?? []))
  return [...cells].map((cellId) => ({
    cellId,
    spans: shown
      .filter(({ run }) => cellOf[run] === cellId)
      .map((run) => ({ from: partOf(run.fromMs), to: partOf(run.toMs ?? toMs) })),
    marks: events
      .filter(({ run, atMs }) => cellOf[run] === cellId && atMs >= fromMs && atMs <= toMs)
      .map(({ kind, atMs, consumer }) => ({ kind, at: partOf(atMs), what: consumer })),
  }))
}
