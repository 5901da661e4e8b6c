import { create } from 'zustand'

/** What assistive technology hears: the newest thing that happened, in words; `number` tells the same words apart. */
export const useAnnouncement = create<{ readonly text: string; readonly number: number }>()(() => ({
  text: '',
  number: 0,
}))

export function announce(text: string): void {
  useAnnouncement.setState(({ number }) => ({ text, number: number + 1 }))
}
