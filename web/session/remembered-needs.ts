import { create } from 'zustand'
import type { DataNeed } from '../notebook/data-needs.ts'

/** The data that the notebook of this browser reads, also while the page does not have it: files do not outlive a tab. */
export const useRememberedNeeds = create<{ readonly needs: readonly DataNeed[] }>()(() => ({ needs: [] }))

export function rememberNeeds(needs: readonly DataNeed[]): void {
  useRememberedNeeds.setState({ needs })
}
