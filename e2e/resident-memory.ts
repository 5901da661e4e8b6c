import { readdir, readFile } from 'node:fs/promises'

/**
 * Bytes of memory that the renderer processes of one profile hold now, without the pages of the browser's own program,
 * which all processes share: 17 MiB more of them are touched while an engine works. Linux only.
 */
export async function residentBytes(profile: string): Promise<number> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const each = await Promise.all(processes.map((id) => rendererBytes(id, profile)))
  return each.reduce((sum, bytes) => sum + bytes, 0)
}

/** A renderer does not name its profile; its ancestor, the browser, does. 0 for any other process. */
async function rendererBytes(id: string, profile: string): Promise<number> {
  try {
    if (!(await commandOf(id)).includes('--type=renderer')) return 0
    for (let at = await parentOf(id); at !== '1' && at !== '0'; at = await parentOf(at)) {
      if (!(await commandOf(at)).includes(`--user-data-dir=${profile}`)) continue
      const status = await readFile(`/proc/${id}/status`, 'utf8')
      const kibibytes = (name: string): number =>
        Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
      return 1024 * (kibibytes('RssAnon') + kibibytes('RssShmem'))
    }
    return 0
  } catch {
    // It ended meanwhile.
    return 0
  }
}

function commandOf(id: string): Promise<string> {
  return readFile(`/proc/${id}/cmdline`, 'utf8')
}

async function parentOf(id: string): Promise<string> {
  return /^PPid:\s+(\d+)/m.exec(await readFile(`/proc/${id}/status`, 'utf8'))?.[1] ?? '0'
}
