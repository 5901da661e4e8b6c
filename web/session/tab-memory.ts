import { create } from 'zustand'

/** What the browser itself says this tab holds, workers included; null where it does not say. */
export const useTabMemory = create<{ readonly bytes: number | null }>()(() => ({ bytes: null }))

interface MeasuringPerformance {
  readonly measureUserAgentSpecificMemory?: () => Promise<{ readonly bytes: number }>
}

let measuring = false

/** The browser answers after its next garbage collection, which may take seconds; one question at a time. */
export async function measureTabMemory(): Promise<void> {
  const measure = (performance as MeasuringPerformance).measureUserAgentSpecificMemory
  if (!crossOriginIsolated || !measure || measuring) return
  measuring = true
  try {
    const { bytes } = await measure.call(performance)
    useTabMemory.setState({ bytes })
  } catch {
    useTabMemory.setState({ bytes: null })
  } finally {
    measuring = false
  }
}
