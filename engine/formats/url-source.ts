import { LakebookError } from '../errors.ts'
import { BytesSource, checkRange, type ByteSource, type ByteSourceHandle } from './byte-source.ts'
import type { ReadWatch } from './read-watch.ts'

type Fetch = (url: string, init: RequestInit) => Promise<Response>

/**
 * Opens a URL. A server that answers ranges is read range by range. One that does not is downloaded once, and its bytes
 * are held in the tab outside the heap: `notice` of the source says so.
 *
 * Errors: `not_readable` naming the host, for a server that does not answer, forbids reading from this page (CORS), or
 * answers with an error; `cancelled`.
 */
export async function openUrl(
  url: string,
  { signal, tell }: ReadWatch = {},
  fetchUrl: Fetch = (target, init) => fetch(target, init),
): Promise<ByteSource> {
  const name = nameOfUrl(url)
  const response = await request(url, name, { headers: { Range: 'bytes=0-3' } }, signal, fetchUrl)
  if (response.status === 206) {
    await response.arrayBuffer()
    const length = totalLength(response) ?? (await lengthByHead(url, name, signal, fetchUrl))
    return new UrlSource(name, url, length, fetchUrl)
  }
  const bytes = await bodyOf(counted(response, name, tell), url, name, signal)
  return new DownloadedSource(name, bytes, hostOf(url))
}

/** Range requests to one URL. */
export class UrlSource implements ByteSource {
  readonly name: string
  readonly length: number
  readonly notice = null
  private readonly url: string
  private readonly fetchUrl: Fetch

  constructor(
    name: string,
    url: string,
    length: number,
    fetchUrl: Fetch = (target, init) => fetch(target, init),
  ) {
    this.name = name
    this.url = url
    this.length = length
    this.fetchUrl = fetchUrl
  }

  get handle(): ByteSourceHandle {
    return { kind: 'url', name: this.name, url: this.url, length: this.length }
  }

  async read(offset: number, bytes: number, signal?: AbortSignal): Promise<Uint8Array> {
    checkRange(this, offset, bytes)
    if (bytes === 0) return new Uint8Array()
    const headers = { Range: `bytes=${offset}-${offset + bytes - 1}` }
    const response = await request(this.url, this.name, { headers }, signal, this.fetchUrl)
    const body = await bodyOf(response, this.url, this.name, signal)
    if (response.status !== 206 || body.length !== bytes) {
      throw new LakebookError(
        'not_readable',
        `${hostOf(this.url)} answered a request for ${bytes} bytes of ${this.name} with ${body.length}`,
        { hint: 'The file may have changed since it was added; add it again.' },
      )
    }
    return body
  }
}

class DownloadedSource extends BytesSource {
  override readonly notice: string

  constructor(name: string, bytes: Uint8Array, host: string) {
    super(name, bytes)
    const size = bytes.length.toLocaleString('en')
    this.notice = `${host} does not answer range requests, so the whole file (${size} bytes) was downloaded and is held outside the budget`
  }
}

async function request(
  url: string,
  name: string,
  init: RequestInit,
  signal: AbortSignal | undefined,
  fetchUrl: Fetch,
): Promise<Response> {
  let response: Response
  try {
    response = await fetchUrl(url, signal === undefined ? init : { ...init, signal })
  } catch (cause) {
    if (signal?.aborted === true) throw new LakebookError('cancelled', 'The query was cancelled', { cause })
    throw new LakebookError('not_readable', `${hostOf(url)} could not be asked for ${name}`, {
      hint:
        `Either it cannot be reached, or it does not allow this page to read it: ${hostOf(url)} must send ` +
        'Access-Control-Allow-Origin and allow the Range header. Otherwise download the file and add it from disk.',
      cause,
    })
  }
  if (!response.ok) {
    throw new LakebookError('not_readable', `${hostOf(url)} answered ${response.status} for ${name}`, {
      hint: response.status === 404 ? 'Check the address.' : 'Check the address and the access rights.',
    })
  }
  return response
}

/** The bytes of an answer, which may break off or be cancelled after its head has come. */
async function bodyOf(
  response: Response,
  url: string,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  try {
    return new Uint8Array(await response.arrayBuffer())
  } catch (cause) {
    if (signal?.aborted === true) throw new LakebookError('cancelled', 'The query was cancelled', { cause })
    throw new LakebookError('not_readable', `${hostOf(url)} broke off while it sent ${name}`, {
      hint: 'Run the query again.',
      cause,
    })
  }
}

/** The same answer, of which `tell` hears as it comes; without a length, only that it comes. */
function counted(response: Response, name: string, tell: ReadWatch['tell']): Response {
  if (response.body === null || tell === undefined) return response
  const total = Number(response.headers.get('Content-Length') ?? 0)
  let bytes = 0
  const counter = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    async transform(chunk, controller) {
      bytes += chunk.length
      await tell(`Downloading ${name}`, total > 0 ? Math.min(1, bytes / total) : 0, 0)
      controller.enqueue(chunk)
    },
  })
  return new Response(response.body.pipeThrough(counter))
}

function totalLength(response: Response): number | null {
  const total = /\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '')?.[1]
  return total === undefined ? null : Number(total)
}

/** Content-Range is hidden from other origins unless the server exposes it; Content-Length never is. */
async function lengthByHead(
  url: string,
  name: string,
  signal: AbortSignal | undefined,
  fetchUrl: Fetch,
): Promise<number> {
  const response = await request(url, name, { method: 'HEAD' }, signal, fetchUrl)
  const length = Number(response.headers.get('Content-Length') ?? Number.NaN)
  if (Number.isSafeInteger(length) && response.headers.get('Content-Encoding') === null) return length
  throw new LakebookError('not_readable', `${hostOf(url)} does not say how long ${name} is`, {
    hint: 'It should send Access-Control-Expose-Headers: Content-Range, or a Content-Length.',
  })
}

/** The last part of the path; queries may hold secrets and stay out of messages. */
function nameOfUrl(url: string): string {
  const { pathname, host } = parse(url)
  const last = pathname.split('/').findLast((part) => part !== '')
  return last === undefined ? host : decodeURIComponent(last)
}

function hostOf(url: string): string {
  return parse(url).host
}

function parse(url: string): URL {
  try {
    return new URL(url)
  } catch (cause) {
    throw new LakebookError('invalid_argument', `${JSON.stringify(url)} is not a URL`, { cause })
  }
}
