import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build } from 'vite'
import { startStaticServer } from '../web/server/static-server.mjs'
import { chromium, expect, test as base, type BrowserContext, type Page } from '@playwright/test'
import type { StorageTask } from './spill-storage.worker.ts'

/** The spill storage alone in a real browser: on disk, under its locks, at its quota. */
const test = base.extend<{ disk: BrowserContext }, { folder: string }>({
  folder: [
    async ({}, use) => {
      const folder = await mkdtemp(path.join(tmpdir(), 'lakebook-storage-'))
      await build({
        configFile: false,
        logLevel: 'error',
        build: {
          outDir: folder,
          target: 'es2023',
          rolldownOptions: {
            input: path.join(import.meta.dirname, 'spill-storage.worker.ts'),
            output: { entryFileNames: 'worker.js' },
          },
        },
      })
      await writeFile(path.join(folder, 'index.html'), '<!doctype html><title>Spill storage</title>')
      await use(folder)
      await rm(folder, { recursive: true, force: true })
    },
    { scope: 'worker' },
  ],

  disk: async ({ launchOptions }, use) => {
    const profile = await mkdtemp(path.join(tmpdir(), 'lakebook-profile-'))
    const context = await chromium.launchPersistentContext(profile, launchOptions)
    await use(context)
    await context.close()
    await rm(profile, { recursive: true, force: true })
  },
})

/** Starts a worker in the page, which lives as long as the page, and waits for its answer. */
function ask(page: Page, task: StorageTask): Promise<unknown> {
  return page.evaluate(
    (task) =>
      new Promise((resolve, reject) => {
        const worker = new Worker('worker.js', { type: 'module' })
        worker.onmessage = (event) => resolve(event.data)
        worker.onerror = (event) => reject(new Error(event.message))
        worker.postMessage(task)
      }),
    task,
  )
}

for (const isolated of [true, false]) {
  test(`the heap is written and read as it lies (isolated: ${isolated})`, async ({ disk, folder }) => {
    const site = await startStaticServer({ folder, port: 0, isolated })
    const page = await disk.newPage()
    await page.goto(site.url)
    const equal = isolated ? { unshared: true, shared: true } : { unshared: true }
    expect(await ask(page, 'write and read')).toEqual({ equal, left: 0 })
    await site.close()
  })
}

test('a living tab keeps its files, and those of a closed one are swept', async ({ disk, folder }) => {
  const site = await startStaticServer({ folder, port: 0, isolated: true })
  const [holder, other] = [await disk.newPage(), await disk.newPage()]
  for (const page of [holder, other]) await page.goto(site.url)
  expect(await ask(holder, 'hold')).toBe(1)
  expect(await ask(other, 'sweep')).toEqual({ swept: 0, left: 1 })
  await holder.close()
  await expect.poll(() => ask(other, 'sweep')).toEqual({ swept: 12_345, left: 0 })
  await site.close()
})

test('a full quota is an error of its own and leaves no file behind', async ({ disk, folder }) => {
  const site = await startStaticServer({ folder, port: 0, isolated: true })
  const page = await disk.newPage()
  await page.goto(site.url)
  const devtools = await disk.newCDPSession(page)
  const { origin } = new URL(site.url)
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 20 * 2 ** 20 })
  expect(await ask(page, 'fill')).toEqual({ code: 'out_of_disk' })
  expect(await ask(page, 'sweep')).toEqual({ swept: 0, left: 0 })
  await devtools.send('Storage.overrideQuotaForOrigin', { origin })
  expect(await ask(page, 'write and read')).toEqual({ equal: { unshared: true, shared: true }, left: 0 })
  await site.close()
})
