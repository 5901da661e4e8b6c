import type { Page } from '@playwright/test'

/** Every file in the origin-private file system, with its size. */
export function storedFiles(page: Page): Promise<{ name: string; bytes: number }[]> {
  return page.evaluate(async () => {
    const files: { name: string; bytes: number }[] = []
    async function list(folder: FileSystemDirectoryHandle, prefix: string): Promise<void> {
      for await (const [name, handle] of folder.entries()) {
        if (handle.kind === 'directory') await list(handle, `${prefix}${name}/`)
        else files.push({ name: prefix + name, bytes: (await handle.getFile()).size })
      }
    }
    await list(await navigator.storage.getDirectory(), '')
    return files
  })
}
