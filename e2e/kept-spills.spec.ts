import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { expect, test } from './fixtures.ts'

/** Sorts all events by their notes, in runs. */
const SORT =
  'SELECT max(place) AS places FROM (SELECT row_number() OVER (ORDER BY note, id) AS place FROM events)'

test('what a query spilled is kept, listed and downloaded as an Arrow stream', async ({
  notebook,
  page,
  dataFolder,
}) => {
  await notebook.addFiles(path.join(dataFolder, 'events.parquet'))
  await notebook.write(1, "SET memory_limit = '20MB'")
  await notebook.run(1)
  await expect(notebook.cell(1)).toHaveAttribute('data-state', 'done')
  const spills = page.getByRole('region', { name: 'Spills' })
  await spills.getByRole('checkbox', { name: 'Keep spills until the next query' }).check()
  await expect(spills).toContainText('will be listed here')
  await notebook.write(1, SORT)
  await notebook.run(1)
  await expect.poll(() => notebook.rows(1)).toEqual([[expect.stringMatching(/^600,?000$/)]])

  const listed = spills.getByRole('list', { name: 'Kept spills' }).getByRole('listitem')
  await expect.poll(() => listed.count()).toBeGreaterThan(1)
  let rows = 0
  const all = await listed.all()
  for (const item of all) {
    const downloading = page.waitForEvent('download')
    await item.getByRole('button', { name: /^Download spill/ }).click()
    const download = await downloading
    expect(download.suggestedFilename()).toMatch(/\.arrows$/)
    const table = tableFromIPC(await readFile(await download.path()))
    const told = /([\d,]+) rows?,/.exec(await item.innerText())?.[1]
    expect(table.numRows).toBe(Number(told?.replaceAll(',', '')))
    rows += table.numRows
  }
  expect(rows).toBeGreaterThan(100_000)

  // the next query gives the disk back
  await spills.getByRole('checkbox').uncheck()
  await notebook.write(1, 'SELECT 1 AS one')
  await notebook.run(1)
  await expect.poll(() => notebook.rows(1)).toEqual([['1']])
  await expect(listed).toHaveCount(0)
})
