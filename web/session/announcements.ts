import { create } from 'zustand'

/** What assistive technology hears: the newest thing that happened, in words. */
export const useAnnouncement = create<{ readonly text: string }>()(() => ({ text: '' }))

export function announce(text: string): void {
  useAnnouncement.setState({ text })
}
