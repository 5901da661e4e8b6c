import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openUrl } from './url-source.ts'

const content = Uint8Array.from({ length: 1000 }, (_, i) => i & 0xff)
let server: Server
let origin: string
const asked: string[] = []

beforeAll(async () => {
  server = createServer((request, response) => {
    const url = request.url ?? ''
    const range = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '')
    asked.push(`${request.method} ${url} ${request.headers.range ?? ''}`.trim())
    if (url.startsWith('/missing')) {
      response.writeHead(404).end()
    } else if (url.startsWith('/whole') || range === null) {
      response
        .writeHead(200, { 'Content-Length': content.length })
        .end(request.method === 'HEAD' ? undefined : content)
    } else {
      const [from, to] = [Number(range[1]), Number(range[2])]
      const total = url.startsWith('/unknown') ? '*' : String(content.length)
      response
        .writeHead(206, { 'Content-Range': `bytes ${from}-${to}/${total}` })
        .end(content.subarray(from, to + 1))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => {
  server.close()
})

describe('a URL', () => {
  test('is read by ranges, and its query stays out of its name', async () => {
    const source = await openUrl(`${origin}/data/part-1.parquet?token=secret`)
    expect(source).toMatchObject({ name: 'part-1.parquet', length: 1000, notice: null })
    asked.length = 0
    expect(await source.read(100, 5)).toEqual(content.slice(100, 105))
    expect(asked).toEqual(['GET /data/part-1.parquet?token=secret bytes=100-104'])
    await expect(source.read(999, 2)).rejects.toMatchObject({ code: 'not_readable' })
  })

  test('whose length is hidden is asked for it', async () => {
    const source = await openUrl(`${origin}/unknown.parquet`)
    expect(source.length).toBe(1000)
    expect(asked).toContain('HEAD /unknown.parquet')
  })

  test('of a server without ranges is downloaded once, and says so', async () => {
    const source = await openUrl(`${origin}/whole.parquet`)
    asked.length = 0
    expect(await source.read(10, 3)).toEqual(content.slice(10, 13))
    expect(asked).toEqual([])
    expect(source.notice).toContain('does not answer range requests')
  })

  test('that is missing, unreachable or forbidden names the host', async () => {
    await expect(openUrl(`${origin}/missing.parquet`)).rejects.toMatchObject({
      code: 'not_readable',
      message: `${new URL(origin).host} answered 404 for missing.parquet`,
    })
    const refuse = () => Promise.reject(new TypeError('Failed to fetch'))
    await expect(openUrl('https://data.example/x.parquet', undefined, refuse)).rejects.toMatchObject({
      code: 'not_readable',
      message: 'data.example could not be asked for x.parquet',
      hint: expect.stringContaining('Access-Control-Allow-Origin') as string,
    })
    await expect(openUrl('no url')).rejects.toMatchObject({ code: 'invalid_argument' })
  })

  test('can be cancelled', async () => {
    const abort = new AbortController()
    abort.abort()
    await expect(openUrl(`${origin}/data.parquet`, { signal: abort.signal })).rejects.toMatchObject({
      code: 'cancelled',
    })
  })
})
