import { create } from 'zustand'

export const useAddData = create<{ readonly open: boolean }>()(() => ({ open: false }))

export function openAddData(): void {
  useAddData.setState({ open: true })
}

export function closeAddData(): void {
  useAddData.setState({ open: false })
}
