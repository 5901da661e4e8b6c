import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import path from 'node:path'
import { responseHeaders } from './headers.mjs'

/** @type {Record<string, string>} */
const mimeTypes = {
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.parquet': 'application/vnd.apache.parquet',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
}

/**
 * Serves `folder` on this machine only (127.0.0.1), with byte ranges.
 *
 * @param {{ folder: string, port: number, isolated: boolean, mounts?: Record<string, string> }} options
 *   Port 0 takes any free port. Each mount serves one more folder under a URL prefix such as `/data/`.
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function startStaticServer({ folder, port, isolated, mounts = {} }) {
  const headers = responseHeaders({ isolated })
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    answer(request, response, { '/': folder, ...mounts }).catch(() => {
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  })
  await /** @type {Promise<void>} */ (
    new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', resolve)
    })
  )
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    url: `http://localhost:${address.port}/`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => {
          resolve()
        })
      }),
  }
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {Record<string, string>} mounts
 */
async function answer(request, response, mounts) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end()
    return
  }
  const file = fileOf(request.url ?? '/', mounts)
  const info = file === undefined ? undefined : await stat(file).catch(() => undefined)
  if (file === undefined || !info?.isFile()) {
    response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end('not found\n')
    return
  }
  const etag = `"${info.size.toString(16)}-${Math.trunc(info.mtimeMs).toString(16)}"`
  response.setHeader(
    'Content-Type',
    mimeTypes[path.extname(file).toLowerCase()] ?? 'application/octet-stream',
  )
  response.setHeader('Accept-Ranges', 'bytes')
  response.setHeader('Cache-Control', 'no-cache')
  response.setHeader('ETag', etag)
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304).end()
    return
  }
  const range = byteRange(request.headers.range, info.size)
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'Content-Range': `bytes */${info.size}` }).end()
    return
  }
  const { start, end } = range ?? { start: 0, end: info.size - 1 }
  response.setHeader('Content-Length', end - start + 1)
  if (range) response.setHeader('Content-Range', `bytes ${start}-${end}/${info.size}`)
  response.writeHead(range ? 206 : 200)
  if (request.method === 'HEAD' || info.size === 0) {
    response.end()
    return
  }
  createReadStream(file, { start, end })
    .on('error', () => response.destroy())
    .pipe(response)
}

/**
 * The file that a request names, or undefined when it lies outside the mounted folders.
 *
 * @param {string} requestUrl
 * @param {Record<string, string>} mounts
 */
function fileOf(requestUrl, mounts) {
  let pathname
  try {
    pathname = decodeURIComponent(new URL(requestUrl, 'http://localhost').pathname)
  } catch {
    return undefined
  }
  if (pathname.includes('\0')) return undefined
  const prefixes = Object.keys(mounts).sort((a, b) => b.length - a.length)
  const prefix = prefixes.find((candidate) => pathname.startsWith(candidate))
  const folder = prefix === undefined ? undefined : mounts[prefix]
  if (prefix === undefined || folder === undefined) return undefined
  const root = path.resolve(folder)
  const file = path.resolve(root, pathname.slice(prefix.length) || 'index.html')
  return file.startsWith(root + path.sep) ? file : undefined
}

/**
 * The first and last byte of a single range; undefined when the whole file is wanted (no header, several ranges
 * or a header that is not understood, which RFC 9110 allows a server to ignore).
 *
 * @param {string | undefined} header
 * @param {number} size
 * @returns {{ start: number, end: number } | 'unsatisfiable' | undefined}
 */
export function byteRange(header, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (!match) return undefined
  const [, first = '', last = ''] = match
  if (first === '' && last === '') return undefined
  if (first === '') {
    const length = Number(last)
    return length === 0 || size === 0 ? 'unsatisfiable' : { start: Math.max(0, size - length), end: size - 1 }
  }
  const start = Number(first)
  if (start >= size) return 'unsatisfiable'
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  return end < start ? undefined : { start, end }
}
