import { create } from 'zustand'
import type { MemoryEvent, MemorySnapshot, QueryProfile } from '../../engine/lakebook.ts'

const SAMPLES_KEPT = 2000
const REDRAW_MS = 250

/** A spill or merge, and the number of the run in which it happened. */
export type RunEvent = MemoryEvent & { readonly run: number }

/** When a run was under way, on the clock of the samples; `toMs` is null until it has ended. */
export interface RunSpan {
  readonly run: number
  readonly fromMs: number
  readonly toMs: number | null
}

/** Samples of this heap, oldest first, the spills and merges that profiles report, and who ran when. */
interface Timeline {
  readonly samples: readonly MemorySnapshot[]
  readonly events: readonly RunEvent[]
  readonly runs: readonly RunSpan[]
  /** When the first of the runs that are under way began. */
  readonly runStartMs: number
}

const EMPTY: Timeline = { samples: [], events: [], runs: [], runStartMs: 0 }

export const useTimeline = create<Timeline>()(() => EMPTY)

let waiting: MemorySnapshot[] = []
let timer: ReturnType<typeof setTimeout> | null = null
/** Milliseconds from the page's clock back to the samples'. */
let clockOffsetMs = Infinity

/** Samples may come fifty times a second; the page hears of them a few times. */
export function addSample(sample: MemorySnapshot): void {
  // what took least time on its way tells best
  clockOffsetMs = Math.min(clockOffsetMs, performance.now() - sample.atMs)
  waiting.push(sample)
  timer ??= setTimeout(publish, REDRAW_MS)
}

/** A query begins now. The timeline can be shown from the sample before the first of those under way. */
export function beginRun(run: number): void {
  useTimeline.setState(({ samples, runs, runStartMs }) => ({
    runs: [...runs, { run, fromMs: nowMs(), toMs: null }].slice(-SAMPLES_KEPT),
    runStartMs: runs.some(({ toMs }) => toMs === null)
      ? runStartMs
      : ([...samples.slice(-1), ...waiting.slice(-1)].pop()?.atMs ?? 0),
  }))
}

export function endRun(run: number): void {
  setSpan(run, { toMs: nowMs() })
}

/** What a query that ended says of itself. */
export function addProfile({ run, events, memory }: QueryProfile): void {
  const [first, last] = [memory[0], memory.at(-1)]
  if (first && last) setSpan(run, { fromMs: first.atMs, toMs: last.atMs })
  if (events.length === 0) return
  const own = events.map((event) => ({ ...event, run }))
  useTimeline.setState((state) => ({ events: [...state.events, ...own].slice(-SAMPLES_KEPT) }))
}

function setSpan(run: number, span: Partial<RunSpan>): void {
  useTimeline.setState(({ runs }) => ({
    runs: runs.map((each) => (each.run === run ? { ...each, ...span } : each)),
  }))
}

/** Now, on the samples' clock, as well as the page knows it. */
function nowMs(): number {
  return clockOffsetMs === Infinity ? 0 : performance.now() - clockOffsetMs
}

/** A new heap starts a new timeline: its clock starts at zero. */
export function startTimeline(): void {
  waiting = []
  clockOffsetMs = Infinity
  useTimeline.setState(EMPTY)
}

function publish(): void {
  timer = null
  const fresh = waiting
  waiting = []
  useTimeline.setState((state) => ({ samples: thin([...state.samples, ...fresh]) }))
}

/** Halves the older half when there are too many, keeping of every pair the sample that reserved more. */
function thin(samples: readonly MemorySnapshot[]): readonly MemorySnapshot[] {
  if (samples.length <= SAMPLES_KEPT) return samples
  const half = samples.length >> 1
  const older: MemorySnapshot[] = []
  for (let at = 0; at + 1 < half; at += 2) {
    const [first, second] = [samples[at]!, samples[at + 1]!]
    older.push(first.reservedBytes >= second.reservedBytes ? first : second)
  }
  return [...older, ...samples.slice(half)]
}
