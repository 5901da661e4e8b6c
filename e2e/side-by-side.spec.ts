import path from 'node:path'
import type { Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import { NotebookPage } from './notebook-page.ts'

/** Both spill under `SMALL`; what they answer follows from how the events are made. */
const SORT =
  'SELECT count(*) AS n FROM (SELECT id, row_number() OVER (ORDER BY id, note) AS place FROM events) WHERE id = place - 1'
const GROUPS = 'SELECT count(*) AS n FROM (SELECT note, max(id) AS most FROM events GROUP BY note)'
const SMALL = "SET memory_limit = '20MB'"
/** Runs for minutes when it is not stopped. */
const LONG = `CREATE TABLE pairs AS SELECT count(*) AS n FROM events a ${[
  'b',
  'c',
  'd',
  'e',
  'f',
  'g',
  'h',
  'i',
]
  .map((name) => `JOIN events ${name} ON a.user_id = ${name}.user_id`)
  .join(' ')}`
const ALL_ROWS = [[expect.stringMatching(/^600,?000$/)]]

for (const kind of ['isolated', 'plain'] as const) {
  test(`cells run at once in a small heap and both are right on a page that is ${kind}`, async ({
    page,
    sites,
    dataFolder,
  }) => {
    const notebook = await notebookOf(page, sites[kind], dataFolder, [SMALL, SORT, GROUPS])
    await watchRuns(page)
    await notebook.runAll.click()
    await expect(notebook.cell(3)).toHaveAttribute('data-state', 'done')
    await expect(notebook.cell(2)).toHaveAttribute('data-state', 'done')
    expect(await notebook.rows(2)).toEqual(ALL_ROWS)
    expect(await notebook.rows(3)).toEqual(ALL_ROWS)
    for (const number of [2, 3]) await expect(notebook.cell(number)).toContainText('spilled')
    // the setting was alone, the two others were not
    expect(await runsSeen(page)).toEqual(expect.arrayContaining(['1', '2 3']))
    expect((await runsSeen(page)).filter((together) => /1 |4/.test(together))).toEqual([])
  })
}

test('one cell is stopped, what builds on it does not run, and the others go on', async ({
  page,
  sites,
  dataFolder,
}) => {
  const texts = [LONG, 'SELECT * FROM pairs', SORT]
  const notebook = await notebookOf(page, sites.isolated, dataFolder, texts)
  await notebook.runAll.click()
  await expect(notebook.cell(1)).toHaveAttribute('data-state', 'running')
  await expect(notebook.cell(2)).toHaveAttribute('data-state', 'queued')
  await expect(notebook.cell(3)).toHaveAttribute('data-state', /running|done/)
  await notebook.cell(1).getByRole('button', { name: 'Stop cell', exact: true }).click()
  await expect(notebook.cell(1)).toContainText('Cancelled')
  await expect(notebook.cell(2)).toContainText('Not run: cell 1')
  await expect.poll(() => notebook.rows(3)).toEqual(ALL_ROWS)

  // the other way about: one that is queued is taken out, one that is independent begins while another runs
  await notebook.run(1)
  await expect(notebook.cell(1)).toHaveAttribute('data-state', 'running')
  await notebook.run(2)
  await expect(notebook.cell(2)).toHaveAttribute('data-state', 'queued')
  await notebook.cell(2).focus()
  await page.keyboard.press('i')
  await page.keyboard.press('i')
  await expect(notebook.cell(2)).not.toHaveAttribute('data-state', /./)
  await notebook.write(3, 'SELECT 6 * 7 AS answer')
  await notebook.run(3)
  await expect(notebook.cell(3)).toHaveAttribute('data-state', /running|done/)
  await expect(notebook.cell(1)).toHaveAttribute('data-state', 'running')
  await notebook.cancel.click()
  await expect(notebook.cell(1)).toContainText('Cancelled')
  await expect(notebook.cancel).toBeDisabled()
})

/** A page with a notebook of SQL cells over the events. */
async function notebookOf(
  page: Page,
  site: string,
  dataFolder: string,
  texts: readonly string[],
): Promise<NotebookPage> {
  const notebook = await NotebookPage.openEmpty(page, site)
  await notebook.addFiles(path.join(dataFolder, 'events.parquet'))
  await expect(page.getByRole('region', { name: 'Data' })).toContainText('600,000')
  for (const [index, text] of texts.entries()) {
    if (index > 0) await page.getByRole('button', { name: 'Add SQL cell' }).click()
    await notebook.write(index + 1, text)
    // the first Escape may only close the list of suggestions
    await expect(async () => {
      await page.keyboard.press('Escape')
      await expect(notebook.cell(index + 1)).toBeFocused({ timeout: 500 })
    }).toPass()
  }
  return notebook
}

interface Watching {
  runsSeen: Set<string>
}

/** From now on the page notes which cells it shows as running together. */
async function watchRuns(page: Page): Promise<void> {
  await page.evaluate(() => {
    const runsSeen = new Set<string>()
    Object.assign(globalThis, { runsSeen })
    new MutationObserver(() => {
      const cells = [...document.querySelectorAll('article')]
      const running = cells.flatMap((cell, index) => (cell.dataset['state'] === 'running' ? [index + 1] : []))
      if (running.length > 0) runsSeen.add(running.join(' '))
    }).observe(document.body, { subtree: true, attributes: true, attributeFilter: ['data-state'] })
  })
}

function runsSeen(page: Page): Promise<string[]> {
  return page.evaluate(() => [...(globalThis as unknown as Watching).runsSeen])
}
