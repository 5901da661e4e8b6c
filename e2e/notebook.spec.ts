import path from 'node:path'
import { expect, expectAccessible, keepPicture, test } from './fixtures.ts'
import { codeCell } from '../web/notebook/cell.ts'
import { encodeLink } from '../web/notebook/link.ts'
import { NotebookPage } from './notebook-page.ts'

test('a dropped Parquet file is asked in SQL and in Polars, and both see each other', async ({
  notebook,
  page,
  dataFolder,
}) => {
  await notebook.addFiles(path.join(dataFolder, 'small.parquet'))
  await expect(page.getByRole('region', { name: 'Data' })).toContainText('1,000')

  await notebook.write(1, 'SELECT count(*) AS n, sum(id) AS total FROM small')
  await notebook.run(1)
  await expect(notebook.cell(1).getByRole('grid')).toBeVisible()
  expect(await notebook.rows(1)).toEqual([
    ['1,000', '499,500'].map((text) => expect.stringMatching(loose(text))),
  ])

  await notebook.choose('Insert cell below', 'Polars')
  await notebook.write(2, 'top = small.sort("id", descending=True).head(3).select("id", "user_id")\ntop')
  await notebook.run(2)
  await expect(notebook.cell(2).getByRole('grid')).toBeVisible()
  expect((await notebook.rows(2)).map(([id]) => id)).toEqual(['999', '998', '997'])

  await notebook.write(1, 'SELECT max(id) AS most FROM top')
  await notebook.run(1)
  await expect.poll(() => notebook.rows(1)).toEqual([['999']])
  await keepPicture(page, 'sql-and-polars')
})

test('a grid scrolls over every row of a large result', async ({ notebook, page, dataFolder }) => {
  await notebook.addFiles(path.join(dataFolder, 'events.parquet'))
  await notebook.write(1, 'SELECT id, note FROM events ORDER BY id')
  await notebook.run(1)
  const grid = notebook.cell(1).getByRole('grid', { name: 'Result' })
  await expect(grid).toHaveAttribute('aria-rowcount', '600001')
  await expect(grid.getByRole('gridcell', { name: '0', exact: true }).first()).toBeVisible()
  // only what is on the screen, and a few rows around it, is in the page
  expect(await grid.getByRole('row').count()).toBeLessThan(100)
  await grid.focus()
  await page.keyboard.press('ControlOrMeta+End')
  await expect(grid.getByRole('gridcell', { name: /^599,?999$/ })).toBeVisible()
})

test('a wrong name is marked at its place, with the nearest one', async ({ notebook, dataFolder }) => {
  await notebook.addFiles(path.join(dataFolder, 'small.parquet'))
  await notebook.write(1, 'SELECT id,\n  usr_id FROM small')
  await notebook.run(1)
  const message = notebook.cell(1).getByRole('alert')
  await expect(message).toContainText('usr_id')
  await expect(message).toContainText('user_id')
  await expect(message).toContainText('2:3')
  await expect(notebook.cell(1).locator('.squiggly-error')).toBeVisible()
})

test('the demo agrees in all versions, to the published counts', async ({ page, sites }) => {
  test.setTimeout(180_000)
  const notebook = new NotebookPage(page)
  await notebook.open(sites.isolated)
  await notebook.runAll.click()
  await expect(page.getByText('All six figures agree in all three versions.')).toBeVisible({
    timeout: 120_000,
  })
  const figures = page.getByRole('group', { name: 'Figures of the three versions' })
  await expect(figures.getByRole('row', { name: /Rows in/ })).toContainText('966,799')
  await expect(figures.getByRole('row', { name: /Rows out/ })).toContainText('1,079,888')
  await expect(figures.getByRole('row', { name: /LOCF/ })).toContainText('85,889')
  await expect(figures.getByRole('row', { name: /NULL/ })).toContainText('27,200')
  await keepPicture(page, 'demo')
})

test('memory and pruning are shown for what ran', async ({ notebook, page, dataFolder }) => {
  await notebook.addFiles(path.join(dataFolder, 'events.parquet'))
  await notebook.write(1, 'SELECT user_id, count(*) AS n FROM events WHERE value > 500 GROUP BY user_id')
  await notebook.run(1)
  const pruning = page.getByRole('region', { name: 'Pruning' })
  await expect(pruning).toContainText('events')
  await expect(pruning).toContainText(/pruned/)
  await expect(page.getByRole('region', { name: 'Memory' })).toContainText(/MiB|MB/)
})

test('a link carries the notebook, runs nothing, and says what is wrong when it is damaged', async ({
  notebook,
  page,
  context,
}) => {
  await notebook.write(1, 'SELECT 6 * 7 AS answer')
  await page.getByRole('button', { name: 'Share', exact: true }).click()
  const link = await page.getByLabel('Link', { exact: true }).inputValue()
  expect(link).toContain('#')

  const other = await context.newPage()
  const copy = new NotebookPage(other)
  await copy.open(link)
  await expect(other.getByText('This is a copy from a link.')).toBeVisible()
  await expect(copy.cell(1)).toContainText('SELECT 6 * 7 AS answer')
  await expect(other.getByRole('grid')).toHaveCount(0)
  await copy.run(1)
  await expect.poll(() => copy.rows(1)).toEqual([['42']])
  await other.close()

  const third = await context.newPage()
  await third.goto(`${link.slice(0, -6)}AAAAAA`)
  await expect(third.getByRole('alert').filter({ hasText: 'The link could not be opened' })).toBeVisible()
})

test('it goes on without a network once it is there', async ({ notebook, context }) => {
  await notebook.write(1, 'SELECT 1 + 1 AS two')
  await context.setOffline(true)
  await notebook.run(1)
  await expect.poll(() => notebook.rows(1)).toEqual([['2']])
})

test('cells are added, moved, deleted, undone and saved', async ({ notebook, page }) => {
  await notebook.write(1, 'SELECT 1 AS first')
  await notebook.choose('Insert cell below', 'SQL')
  await notebook.write(2, 'SELECT 2 AS second')
  await notebook.cell(2).getByRole('button', { name: 'Move up' }).click()
  await expect(notebook.cell(1)).toContainText('SELECT 2 AS second')
  await notebook.cell(1).getByRole('button', { name: 'Delete cell' }).click()
  await expect(page.getByRole('article')).toHaveCount(1)
  await notebook.choose('Notebook menu', 'Undo')
  await expect(page.getByRole('article')).toHaveCount(2)
  await expect(page.getByText('Saved in this browser')).toBeVisible()
  await page.reload()
  await expect(notebook.cell(1)).toContainText('SELECT 2 AS second')
})

for (const [name, viewport] of Object.entries({
  wide: { width: 1440, height: 900 },
  narrow: { width: 390, height: 844 },
})) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the ${name} page is accessible in ${colorScheme}`, async ({ page, sites }) => {
      await page.setViewportSize(viewport)
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await new NotebookPage(page).open(sites.isolated)
      await expectAccessible(page)
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(overflow, 'pixels that stick out sideways').toBeLessThanOrEqual(0)
      await keepPicture(page, `${name}-${colorScheme}`)
    })
  }
}

test('in a notebook of hundreds of cells only those near the screen have an editor', async ({
  page,
  sites,
}) => {
  const cells = Array.from({ length: 200 }, (_, index) => codeCell('sql', `SELECT ${index} AS a`))
  const saved = { notebook: { title: 'Many cells', cells }, needs: [] }
  const notebook = new NotebookPage(page)
  await notebook.open(`${sites.isolated}${encodeLink(saved)}`)
  await expect(page.getByRole('article')).toHaveCount(200)
  await notebook.write(1, 'SELECT 1 + 1 AS two')
  expect(await page.locator('.monaco-editor[role=code]').count()).toBeLessThan(60)
  await expect(notebook.cell(199).locator('.monaco-editor')).toHaveCount(0)
  await expect(notebook.cell(199)).toContainText('SELECT 198 AS a')

  await notebook.cell(199).scrollIntoViewIfNeeded()
  await expect(notebook.cell(199).locator('.monaco-editor').first()).toBeVisible()
  await notebook.run(199)
  await expect.poll(() => notebook.rows(199)).toEqual([['198']])
})

test('the page without isolation works with one thread', async ({ page, sites }) => {
  const notebook = await NotebookPage.openEmpty(page, sites.plain)
  await notebook.write(1, 'SELECT 40 + 2 AS answer')
  await notebook.run(1)
  await expect.poll(() => notebook.rows(1)).toEqual([['42']])
})

/** Whole numbers with or without separators of thousands. */
function loose(text: string): RegExp {
  return new RegExp(`^${text.replaceAll(',', ',?')}$`)
}
