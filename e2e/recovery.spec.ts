import path from 'node:path'
import type { Worker } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import { NotebookPage } from './notebook-page.ts'
import { storedFiles } from './stored-files.ts'

const COUNT = 'SELECT count(*) AS n FROM events WHERE note IS NOT NULL'
const ALL_ROWS = [[expect.stringMatching(/^600,?000$/)]]
/** Spills for as long as nobody stops it. */
const SPILLING = `SET memory_limit = '32MB'; CREATE TABLE sorted AS SELECT a.note, b.id FROM events a
  JOIN events b ON a.user_id = b.user_id JOIN events c ON b.user_id = c.user_id ORDER BY a.note, b.id, c.value`

test('a compute worker that is ended from outside is replaced', async ({ page, sites, dataFolder }) => {
  const compute: Worker[] = []
  page.on('worker', (worker) => {
    if (worker.url().includes('compute')) compute.push(worker)
  })
  const notebook = await NotebookPage.openEmpty(page, sites.isolated)
  await notebook.addFiles(path.join(dataFolder, 'events.parquet'))
  await notebook.write(1, COUNT)
  await notebook.run(1)
  await expect.poll(() => notebook.rows(1)).toEqual(ALL_ROWS)
  expect(compute.length).toBeGreaterThan(0)
  for (const worker of compute.splice(0)) await worker.evaluate(() => close())
  // the next query asks for others, and is not left waiting for those
  await expect(async () => {
    await notebook.write(1, `${COUNT} AND id >= ${Math.random()} - 1`)
    await notebook.run(1)
    await expect(notebook.cell(1)).toHaveAttribute('data-state', 'done', { timeout: 5000 })
  }).toPass()
  expect(await notebook.rows(1)).toEqual(ALL_ROWS)
  expect(compute.length).toBeGreaterThan(0)
})

test('a tab that dies while it spills leaves the notebook, and its spills are swept', async ({
  notebook,
  page,
  context,
  sites,
  dataFolder,
}) => {
  await notebook.addFiles(path.join(dataFolder, 'events.parquet'))
  await notebook.write(1, SPILLING)
  await expect(page.getByText('Saved in this browser')).toBeVisible()
  await notebook.run(1)
  await expect.poll(async () => spilledBytes(await storedFiles(page))).toBeGreaterThan(2 ** 20)
  const left = (await storedFiles(page)).map(({ name }) => name)

  const next = await context.newPage()
  const devtools = await context.newCDPSession(page)
  const crashed = page.waitForEvent('crash')
  devtools.send('Page.crash').catch(() => undefined)
  await crashed

  const again = new NotebookPage(next)
  await again.open(sites.isolated)
  await expect(again.cell(1)).toContainText('CREATE TABLE sorted')
  await next
    .getByRole('button', { name: /spills to disk/ })
    .first()
    .click()
  await expect(next.getByRole('dialog', { name: 'State of the engine' })).toContainText('were swept')
  await next.keyboard.press('Escape')
  const present = (await storedFiles(next)).map(({ name }) => name)
  expect(present.filter((name) => left.includes(name))).toEqual([])
  await again.addFiles(path.join(dataFolder, 'events.parquet'))
  await again.write(1, COUNT)
  await again.run(1)
  await expect.poll(() => again.rows(1)).toEqual(ALL_ROWS)
})

function spilledBytes(files: readonly { readonly name: string; readonly bytes: number }[]): number {
  return files.filter(({ name }) => name.includes('/spill/')).reduce((sum, { bytes }) => sum + bytes, 0)
}
