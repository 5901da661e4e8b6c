/** Said wherever spills are spoken of, when they seem to go to memory. */
export const PRIVATE_WINDOW =
  'This looks like a private window, judging by how its storage behaves; that is a guess. There, spilled data stays in memory instead of going to the disk, and everything is gone when the window is closed.'

let asked = false

/** From the first thing of the person's own that is saved, the browser should not clear this site when the disk is short. */
export function keepWhatIsSaved(): void {
  if (asked) return
  asked = true
  void askToKeep()
}

/** Asks the browser to keep this site's data. Some ask the person; others decide by themselves. */
export async function askToKeep(): Promise<boolean> {
  if (!('storage' in navigator) || !('persist' in navigator.storage)) return false
  return navigator.storage.persist().catch(() => false)
}
