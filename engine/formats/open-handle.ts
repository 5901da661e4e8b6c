import { BlobSource, BytesSource, type ByteSource, type ByteSourceHandle } from './byte-source.ts'
import { UrlSource } from './url-source.ts'

/** The source that another thread described; `openPath` opens those that are paths. */
export function openHandle(
  handle: ByteSourceHandle,
  openPath: (handle: ByteSourceHandle & { kind: 'path' }) => ByteSource,
): ByteSource {
  switch (handle.kind) {
    case 'blob':
      return new BlobSource(handle.name, handle.blob)
    case 'bytes':
      return new BytesSource(handle.name, handle.bytes)
    case 'url':
      return new UrlSource(handle.name, handle.url, handle.length)
    case 'path':
      return openPath(handle)
  }
}
