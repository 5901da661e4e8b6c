import { LakebookError } from '../errors.ts'
import type { FileSource } from '../lakebook.ts'
import { BlobSource, BytesSource, type ByteSource } from './byte-source.ts'
import type { ReadWatch } from './read-watch.ts'
import { openUrl } from './url-source.ts'

/** Opens a path of the file system; browsers have none. */
export type OpenPath = (path: string) => Promise<ByteSource>

/**
 * What the embedder gave, as bytes to read. A string is a URL, or a path where there are paths. `name` is what nameless
 * bytes are called in messages.
 */
export async function openSource(
  source: FileSource,
  name: string,
  openPath: OpenPath | null,
  watch: ReadWatch = {},
): Promise<ByteSource> {
  if (typeof source === 'string') {
    if (/^https?:\/\//i.test(source)) return openUrl(source, watch)
    if (openPath !== null) return openPath(source)
    if (/^(blob|data):/i.test(source)) return openUrl(source, watch)
    throw new LakebookError('invalid_argument', `${JSON.stringify(source)} is not a URL that can be opened`, {
      hint: 'Give a File, a Blob, bytes, or a URL that begins with https://.',
    })
  }
  if (source instanceof Uint8Array) return new BytesSource(name, source)
  return new BlobSource(nameOfSource(source, name), source)
}

/** What a query may call it: the last part of a path or URL. `name` is that of nameless bytes. */
export function nameOfSource(source: FileSource, name: string): string {
  if (typeof source === 'string') return source.replace(/[?#].*$/, '').replace(/^.*[/\\]/, '')
  return 'name' in source && typeof source.name === 'string' ? source.name : name
}
