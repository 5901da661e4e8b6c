/** Said wherever spills are spoken of, when `looksPrivate`. */
export const PRIVATE_WINDOW =
  'This looks like a private window, judging by how little storage the browser offers; that is a guess. There, spilled data stays in memory instead of going to the disk, and everything is gone when the window is closed.'

/** In private windows browsers offer some multiple of the memory, elsewhere a large part of the disk. */
const PRIVATE_QUOTA_OF_HEAP_LIMIT = 2

/** A guess from the quota, in bytes, and the limit of the page's own JavaScript heap, which Chromium alone tells. */
export function looksPrivate(quotaBytes: number, heapLimitBytes: number | undefined): boolean {
  return heapLimitBytes !== undefined && quotaBytes < PRIVATE_QUOTA_OF_HEAP_LIMIT * heapLimitBytes
}

export function heapLimitBytes(): number | undefined {
  const { memory } = performance as Performance & { readonly memory?: { readonly jsHeapSizeLimit: number } }
  return memory?.jsHeapSizeLimit
}

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
