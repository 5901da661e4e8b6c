import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { chromium, expect, test } from '@playwright/test'
import { projectFolder } from '../web/server/prepare.mjs'
import { startStaticServer } from '../web/server/static-server.mjs'
import { NotebookPage } from './notebook-page.ts'

for (const isolated of [true, false]) {
  test(`the page opens again when its server is gone (isolated: ${isolated})`, async ({ launchOptions }) => {
    const site = { folder: path.join(projectFolder, 'dist'), port: 0, isolated }
    const server = await startStaticServer(site)
    const profile = await mkdtemp(path.join(tmpdir(), 'lakebook-profile-'))
    const context = await chromium.launchPersistentContext(profile, launchOptions)
    try {
      const page = context.pages()[0] ?? (await context.newPage())
      const notebook = await NotebookPage.openEmpty(page, server.url)
      await page.evaluate(async () => navigator.serviceWorker.ready)
      await expect(page.getByText('Saved in this browser')).toBeVisible()
      await server.close()

      await page.reload()
      await expect(notebook.runAll).toBeEnabled()
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(isolated)
      await notebook.write(1, 'SELECT 6 * 7 AS answer')
      await notebook.run(1)
      await expect.poll(() => notebook.rows(1)).toEqual([['42']])
      await notebook.choose('Notebook menu', 'Storage')
      await expect(page.getByRole('dialog', { name: 'Storage' })).toContainText(
        'kept, so that this page opens without a network',
      )
    } finally {
      await context.close()
      await rm(profile, { recursive: true, force: true })
    }
  })
}
