import { DuckDBInstance } from '@duckdb/node-api'
import type { Download, Page } from '@playwright/test'
import { tableFromIPC } from 'apache-arrow'
import { mkdir, readFile, cp, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from './fixtures.ts'
import type { NotebookPage } from './notebook-page.ts'
import { eventRows } from './test-data.ts'

test('a file is added by its address', async ({ notebook, page, sites }) => {
  await page.getByRole('button', { name: 'Add data', exact: true }).first().click()
  const address = page.getByLabel('Or the address of a file')
  await address.fill('ftp://example.org/data.parquet')
  await expect(page.getByRole('button', { name: 'Add address' })).toBeDisabled()
  await address.fill(`${sites.isolated}data/small.parquet`)
  await page.getByRole('button', { name: 'Add address' }).click()
  await expect(page.getByRole('region', { name: 'Data' })).toContainText('1,000 rows')
  await notebook.write(1, 'SELECT max(id) AS most FROM small')
  await notebook.run(1)
  await expect.poll(() => notebook.rows(1)).toEqual([['999']])
})

test('several files, a folder and a damaged file are dropped at once', async ({
  notebook,
  page,
  dataFolder,
}) => {
  const folder = path.join(dataFolder, 'sales')
  await mkdir(path.join(folder, 'deep'), { recursive: true })
  for (const name of ['part-1.parquet', 'part-2.parquet', 'deep/other.parquet', 'readme.md']) {
    await cp(path.join(dataFolder, 'small.parquet'), path.join(folder, name))
  }
  await drop(page, [
    folder,
    path.join(dataFolder, 'small.parquet'),
    path.join(dataFolder, 'truncated.parquet'),
  ])
  const data = page.getByRole('region', { name: 'Data' })
  await expect(data.getByRole('button', { name: 'Insert sales' })).toBeVisible()
  await expect(data).toContainText('2,000 rows')
  await expect(data).toContainText('2 files')
  await expect(data.getByRole('button', { name: 'Insert other' })).toBeVisible()
  await expect(data.getByRole('button', { name: 'Insert small' })).toBeVisible()
  await expect(data.getByRole('alert')).toContainText('truncated')
  await data.getByRole('button', { name: 'Dismiss the error of truncated' }).click()
  await expect(data.getByRole('alert')).toHaveCount(0)
  await notebook.write(1, 'SELECT count(*) AS n FROM sales')
  await notebook.run(1)
  await expect.poll(() => notebook.rows(1)).toEqual([[expect.stringMatching(/^2,?000$/)]])
})

test('a large text file shows how far it is, holds up only who needs it, and is stopped', async ({
  notebook,
  page,
  dataFolder,
}) => {
  const file = path.join(dataFolder, 'large.csv')
  const piece = Array.from({ length: 100_000 }, (_, id) => `${id},name of the row ${id},${id / 8}\n`).join('')
  await writeFile(file, ['id,name,share\n', ...Array.from({ length: 40 }, () => piece)])
  await notebook.write(1, 'SELECT 6 * 7 AS answer')
  const data = page.getByRole('region', { name: 'Data' })
  await notebook.addFiles(file)
  const progress = data.getByRole('progressbar', { name: 'Reading large.csv' })
  await expect(progress).toHaveAttribute('aria-valuenow', /[1-9]/)
  await notebook.run(1)
  await expect.poll(() => notebook.rows(1)).toEqual([['42']])
  await expect(progress).toBeVisible()
  await data.getByRole('button', { name: 'Stop adding large' }).click()
  await expect(data).toContainText('No data yet.')
  await notebook.write(1, 'SELECT count(*) AS n FROM large')
  await notebook.run(1)
  await expect(notebook.cell(1).getByRole('alert')).toContainText('There is no table "large"')
})

test('numbered files with other columns than each other become tables of their own', async ({
  notebook,
  page,
}) => {
  const csv = (name: string, text: string) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })
  await notebook.addFiles(csv('sold_1.csv', 'a,b\n1,2\n'), csv('sold_2.csv', 'a,c\n3,4\n5,6\n'))
  const data = page.getByRole('region', { name: 'Data' })
  await expect(data.getByRole('button', { name: 'Insert sold_1', exact: true })).toBeVisible()
  await expect(data.getByRole('button', { name: 'Insert sold_2', exact: true })).toBeVisible()
  await expect(data.getByRole('alert')).toHaveCount(0)
})

test('after a reload the page says which files the notebook reads', async ({
  notebook,
  page,
  dataFolder,
}) => {
  await notebook.write(1, 'SELECT max(id) AS most FROM small')
  await notebook.addFiles(path.join(dataFolder, 'small.parquet'))
  const data = page.getByRole('region', { name: 'Data' })
  await expect(data).toContainText('1,000 rows')
  await expect(page.getByText('Saved in this browser')).toBeVisible()
  await page.reload()
  await expect(notebook.runAll).toBeEnabled()
  const needs = data.getByRole('list', { name: 'Data this notebook asks for' })
  await expect(needs).toContainText('small')
  await expect(needs).toContainText('drop the file on this page')
  await notebook.addFiles(path.join(dataFolder, 'small.parquet'))
  await expect(needs).toHaveCount(0)
  await notebook.run(1)
  await expect.poll(() => notebook.rows(1)).toEqual([['999']])
})

test('what is exported is read by others', async ({ notebook, page, dataFolder }) => {
  await notebook.addFiles(path.join(dataFolder, 'small.parquet'))
  await notebook.write(
    1,
    `SELECT id, nullif(note, 'note 7 of many') AS note, value, DATE '2024-02-29' + CAST(id AS INT) AS day,
       CAST(value AS DECIMAL(12, 2)) AS amount, 'a "quoted", text' AS odd FROM small ORDER BY id`,
  )
  await notebook.run(1)
  await expect(notebook.cell(1).getByRole('grid')).toBeVisible()
  const instance = await DuckDBInstance.create()
  const duckdb = await instance.connect()
  const original = path.join(dataFolder, 'small.parquet')
  const figures = `count(*)::INT AS n, count(note)::INT AS notes, sum(id)::BIGINT::VARCHAR AS ids, round(sum(value), 1)::VARCHAR AS total,
    max(day)::DATE::VARCHAR AS last, sum(amount)::DECIMAL(38, 2)::VARCHAR AS amounts, min(odd) AS odd`
  const expected = await duckdb.runAndReadAll(
    `SELECT ${figures} FROM (SELECT id, nullif(note, 'note 7 of many') AS note, value, DATE '2024-02-29' + id::INT AS day,
      value::DECIMAL(12, 2) AS amount, 'a "quoted", text' AS odd FROM '${original}')`,
  )
  for (const [item, reader] of [
    ['CSV', 'read_csv'],
    ['Parquet', 'read_parquet'],
  ] as const) {
    const file = await exported(page, notebook, item)
    const found = await duckdb.runAndReadAll(`SELECT ${figures} FROM ${reader}('${file}')`)
    expect(found.getRowObjectsJson(), item).toEqual(expected.getRowObjectsJson())
  }
  const table = tableFromIPC(await readFile(await exported(page, notebook, 'Arrow IPC')))
  expect(table.numRows).toBe(1000)
  expect(table.schema.fields.map(({ name }) => name)).toEqual(['id', 'note', 'value', 'day', 'amount', 'odd'])
  expect(table.getChild('note')!.nullCount).toBe(1)
  expect(table.getChild('odd')!.get(999)).toBe('a "quoted", text')
  duckdb.closeSync()
})

test('a result and a table larger than the heap are shown, read beside other queries, and saved', async ({
  notebook,
  page,
  dataFolder,
}) => {
  test.setTimeout(180_000)
  const events = path.join(dataFolder, 'events.parquet')
  await notebook.addFiles(events)
  await notebook.write(
    1,
    `SET memory_limit = '16MB'; CREATE TABLE kept AS SELECT * FROM events;
     SELECT id, note, value, user_id FROM kept ORDER BY id`,
  )
  await notebook.run(1)
  const grid = notebook.cell(1).getByRole('grid', { name: 'Result' })
  await expect(grid).toBeVisible({ timeout: 60_000 })
  await notebook.choose('Insert cell below', 'SQL')
  await notebook.write(
    2,
    'SELECT count(*) AS n, sum(a.id) AS total FROM kept a JOIN (SELECT DISTINCT note FROM events) b ON a.note = b.note',
  )
  await notebook.run(2)
  const total = (eventRows * (eventRows - 1)) / 2
  await expect
    .poll(
      async () => (await notebook.rows(2)).map((cells) => cells.map((cell) => cell.replaceAll(',', ''))),
      {
        timeout: 60_000,
      },
    )
    .toEqual([[String(eventRows), String(total)]])
  await grid.focus()
  await page.keyboard.press('ControlOrMeta+End')
  await expect(grid.getByRole('gridcell', { name: /^599,?999$/ })).toBeVisible()

  const instance = await DuckDBInstance.create()
  const duckdb = await instance.connect()
  const figures =
    'count(*)::INT, sum(id)::VARCHAR, max(note), sum(user_id)::VARCHAR, round(sum(value))::VARCHAR'
  const expected = await duckdb.runAndReadAll(`SELECT ${figures} FROM '${events}'`)
  const downloading = page.waitForEvent('download')
  await notebook.cell(1).getByRole('button', { name: 'Export', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Parquet' }).click()
  const file = await saved(await downloading)
  const found = await duckdb.runAndReadAll(`SELECT ${figures} FROM read_parquet('${file}')`)
  expect(found.getRowsJson()).toEqual(expected.getRowsJson())
  duckdb.closeSync()
})

test('a notebook goes to a file and comes back', async ({ notebook, page }) => {
  await page.getByLabel('Title of the notebook').fill('Round trip')
  await notebook.write(1, 'SELECT 6 * 7 AS answer')
  await notebook.choose('Insert cell below', 'Text')
  await page.keyboard.type('# A heading')
  const downloading = page.waitForEvent('download')
  await notebook.choose('Notebook menu', 'Download notebook')
  const download = await downloading
  expect(download.suggestedFilename()).toBe('round-trip.lakebook.json')
  const file = await saved(download)

  await notebook.startEmpty()
  await page.getByLabel('Notebook file', { exact: true }).setInputFiles(file)
  await expect(page.getByText('This is a copy from a file.')).toBeVisible()
  await expect(notebook.cell(1)).toContainText('SELECT 6 * 7 AS answer')
  await expect(page.getByRole('heading', { name: 'A heading' })).toBeVisible()
  await expect(page.getByRole('grid')).toHaveCount(0)
  await page.getByRole('button', { name: 'Keep this copy' }).click()
  await expect(page.getByText('Saved in this browser')).toBeVisible()
  await page.reload()
  await expect(page.getByLabel('Title of the notebook')).toHaveValue('Round trip')

  const broken = { name: 'broken.json', mimeType: 'application/json', buffer: Buffer.from('{"cells": 3}') }
  await page.getByLabel('Notebook file', { exact: true }).setInputFiles(broken)
  await expect(page.getByRole('alert').filter({ hasText: 'broken.json could not be opened' })).toBeVisible()
})

/** Drops files and folders of the disk on the page, as a person would with the mouse. */
async function drop(page: Page, files: readonly string[]): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const data = { items: [], files: [...files], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 500, y: 400, data })
  }
  await session.detach()
}

async function exported(page: Page, notebook: NotebookPage, format: string): Promise<string> {
  const downloading = page.waitForEvent('download')
  await notebook.choose('Export', format)
  return saved(await downloading)
}

async function saved(download: Download): Promise<string> {
  const file = path.join(path.dirname(await download.path()), download.suggestedFilename())
  await download.saveAs(file)
  return file
}
