import { create } from 'zustand'
import { useEngine } from './engine-store.ts'

/** What the browser says this tab holds, workers included; null where it does not say. */
export interface TabMemory {
  readonly bytes: number
  /** Of these, what is not the heap: the page, its code, and whatever has left the heap. */
  readonly outsideBytes: number
}

export const useTabMemory = create<{ readonly memory: TabMemory | null }>()(() => ({ memory: null }))

export interface Measurement {
  readonly bytes: number
  readonly breakdown: readonly {
    readonly bytes: number
    readonly attribution: readonly { readonly scope: string; readonly url?: string }[]
  }[]
}

interface MeasuringPerformance {
  readonly measureUserAgentSpecificMemory?: () => Promise<Measurement>
}

let measuring = false
let askedMeanwhile = false

/** What was measured of the heap before says nothing of the next one. */
export function forgetTabMemory(): void {
  useTabMemory.setState({ memory: null })
}

/** The browser answers after its next garbage collection, which may take seconds; one question at a time. */
export async function measureTabMemory(): Promise<void> {
  const measure = (performance as MeasuringPerformance).measureUserAgentSpecificMemory
  const { phase } = useEngine.getState()
  if (!crossOriginIsolated || !measure || phase.kind !== 'ready') return
  if (measuring) {
    askedMeanwhile = true
    return
  }
  const { settings, decoderBytes } = phase.status
  measuring = true
  try {
    const measured = await measure.call(performance)
    // a heap opened meanwhile has another size: what was measured says nothing about it
    if (useEngine.getState().phase === phase) {
      useTabMemory.setState({ memory: withHeapOnce(measured, settings.heapBudgetBytes - decoderBytes) })
    } else {
      askedMeanwhile = true
    }
  } catch {
    useTabMemory.setState({ memory: null })
  } finally {
    measuring = false
    if (askedMeanwhile) {
      askedMeanwhile = false
      void measureTabMemory()
    }
  }
}

/**
 * The browser counts a shared heap in full for the page and again for every worker that maps it. Null where it was
 * measured before it mapped the heap.
 */
export function withHeapOnce({ bytes, breakdown }: Measurement, heapBytes: number): TabMemory | null {
  const perRealm = new Map<string, number>()
  for (const { bytes: part, attribution } of breakdown) {
    const realm = attribution.map(({ scope, url }) => `${scope} ${url ?? ''}`).join()
    if (realm !== '') perRealm.set(realm, (perRealm.get(realm) ?? 0) + part)
  }
  const mapping = [...perRealm.values()].filter((part) => part >= heapBytes).length
  if (mapping === 0) return null
  const outsideBytes = bytes - mapping * heapBytes
  return { bytes: outsideBytes + heapBytes, outsideBytes }
}
