import { expect, test } from './fixtures.ts'

for (const kind of ['isolated', 'plain'] as const) {
  test(`the ${kind} site has its headers`, async ({ page, sites }) => {
    const response = await page.goto(sites[kind])
    const headers = response!.headers()
    expect(headers['content-security-policy']).toContain("script-src 'self' 'wasm-unsafe-eval';")
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(kind === 'isolated')
  })
}

test('text is never evaluated', async ({ page, sites }) => {
  await page.goto(sites.isolated)
  // in a task of the page's own: what the test itself evaluates is exempt from the policy
  const outcome = await page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        setTimeout(() => {
          try {
            // eslint-disable-next-line no-eval -- the policy must refuse it, whoever asks
            resolve(String(globalThis.eval('1 + 1')))
          } catch (error) {
            resolve((error as Error).name)
          }
        })
      }),
  )
  expect(outcome).toBe('EvalError')
})

test('files are served with their types and by byte range', async ({ request, sites }) => {
  const whole = await request.get(`${sites.isolated}lakebook.js`)
  expect(whole.headers()['content-type']).toBe('text/javascript; charset=utf-8')
  const bytes = await whole.body()

  const part = await request.get(`${sites.isolated}lakebook.js`, { headers: { Range: 'bytes=10-19' } })
  expect(part.status()).toBe(206)
  expect(part.headers()['content-range']).toBe(`bytes 10-19/${bytes.length}`)
  expect((await part.body()).equals(bytes.subarray(10, 20))).toBe(true)

  const tail = await request.get(`${sites.isolated}lakebook.js`, { headers: { Range: 'bytes=-5' } })
  expect((await tail.body()).equals(bytes.subarray(-5))).toBe(true)

  const beyond = await request.get(`${sites.isolated}lakebook.js`, {
    headers: { Range: `bytes=${bytes.length}-` },
  })
  expect(beyond.status()).toBe(416)
  expect((await request.get(`${sites.isolated}no-such-file`)).status()).toBe(404)
  expect((await request.get(`${sites.isolated}..%2fpackage.json`)).status()).toBe(404)
})
