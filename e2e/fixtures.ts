import AxeBuilder from '@axe-core/playwright'
import { test as base, chromium, expect, type BrowserContext, type Page } from '@playwright/test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Lakebook, LakebookOptions } from '../engine/lakebook.ts'
import { projectFolder } from '../web/server/prepare.mjs'
import { startStaticServer } from '../web/server/static-server.mjs'
import { NotebookPage } from './notebook-page.ts'
import { makeTestData } from './test-data.ts'

/** The engine as a page that embeds it has it, without the notebook. */
export interface Door {
  readonly openLakebook: (options?: LakebookOptions) => Promise<Lakebook>
}

interface Sites {
  /** Served with cross-origin isolation: shared heap, as many compute workers as cores. */
  readonly isolated: string
  /** Served without it, as a plain static host would: one worker, unshared heap. */
  readonly plain: string
}

interface Fixtures {
  /** A browser with a profile folder of its own, so that the origin-private file system is on disk. */
  context: BrowserContext
  page: Page
  /** An empty notebook on the isolated site's page. */
  notebook: NotebookPage
}

/**
 * Playwright's test with the served sites, a fresh profile, and two guards on every page: a request to any other
 * host and an error that nobody caught both fail the test.
 */
export const test = base.extend<Fixtures, { dataFolder: string; sites: Sites }>({
  dataFolder: [
    async ({}, use) => {
      const folder = await makeTestData()
      await use(folder)
      await rm(folder, { recursive: true, force: true })
    },
    { scope: 'worker' },
  ],

  sites: [
    async ({ dataFolder }, use) => {
      const site = { folder: path.join(projectFolder, 'dist'), port: 0, mounts: { '/data/': dataFolder } }
      const isolated = await startStaticServer({ ...site, isolated: true })
      const plain = await startStaticServer({ ...site, isolated: false })
      await use({ isolated: isolated.url, plain: plain.url })
      await isolated.close()
      await plain.close()
    },
    { scope: 'worker' },
  ],

  context: async ({ launchOptions, viewport, sites }, use) => {
    const profile = await mkdtemp(path.join(tmpdir(), 'lakebook-profile-'))
    const context = await chromium.launchPersistentContext(profile, { ...launchOptions, viewport })
    const foreign: string[] = []
    const ours = [sites.isolated, sites.plain].map((site) => new URL(site).origin)
    context.on('request', (request) => {
      const url = new URL(request.url())
      const isLocal = ['data:', 'blob:', 'about:'].includes(url.protocol) || ours.includes(url.origin)
      if (!isLocal) foreign.push(request.url())
    })
    const uncaught: string[] = []
    context.on('weberror', (error) => uncaught.push(error.error().message))
    await use(context)
    await context.close()
    await rm(profile, { recursive: true, force: true })
    expect(foreign, 'requests to other hosts').toEqual([])
    expect(uncaught, 'errors that nobody caught').toEqual([])
  },

  page: async ({ context }, use) => {
    await use(context.pages()[0] ?? (await context.newPage()))
  },

  notebook: async ({ page, sites }, use) => {
    await use(await NotebookPage.openEmpty(page, sites.isolated))
  },
})

export { expect }

/** Fails with the rules and elements when axe finds anything serious on the page. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(
    serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`),
  ).toEqual([])
}

/** Keeps a picture of the page in `e2e/output/`, for people to look at. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(projectFolder, 'e2e/output', `${name}.png`) })
}
