import { create } from 'zustand'
import type { MemoryEvent, MemorySnapshot } from '../../engine/lakebook.ts'

const SAMPLES_KEPT = 4000
const REDRAW_MS = 100

/** Samples of this heap, oldest first, and the spills and merges that profiles report. */
interface Timeline {
  readonly samples: readonly MemorySnapshot[]
  readonly events: readonly MemoryEvent[]
  /** When the run shown began, on the samples' clock. */
  readonly runStartMs: number
}

export const useTimeline = create<Timeline>()(() => ({ samples: [], events: [], runStartMs: 0 }))

let waiting: MemorySnapshot[] = []
let timer: ReturnType<typeof setTimeout> | null = null

/** Samples may come fifty times a second; the page hears of them ten times. */
export function addSample(sample: MemorySnapshot): void {
  waiting.push(sample)
  timer ??= setTimeout(publish, REDRAW_MS)
}

export function addEvents(events: readonly MemoryEvent[]): void {
  if (events.length > 0)
    useTimeline.setState((state) => ({ events: [...state.events, ...events].slice(-SAMPLES_KEPT) }))
}

/** A query begins now: the timeline can be shown from here. */
export function markRunStart(): void {
  useTimeline.setState(({ samples }) => ({
    runStartMs: [...samples.slice(-1), ...waiting.slice(-1)].pop()?.atMs ?? 0,
  }))
}

/** A new heap starts a new timeline: its clock starts at zero. */
export function startTimeline(): void {
  waiting = []
  useTimeline.setState({ samples: [], events: [], runStartMs: 0 })
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
