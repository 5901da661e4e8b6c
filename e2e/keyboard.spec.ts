import path from 'node:path'
import { expect, expectAccessible, keepPicture, test } from './fixtures.ts'

test('a notebook is written, run and mended with the keyboard alone', async ({ notebook, page }) => {
  await notebook.cell(1).focus()
  await page.keyboard.press('Enter')
  await expect(notebook.cell(1).locator('.monaco-editor.focused')).toBeVisible()
  await page.keyboard.insertText('SELECT 20 + 1 AS answer')
  await page.keyboard.press('ControlOrMeta+Enter')
  await expect.poll(() => notebook.rows(1)).toEqual([['21']])
  await expect(notebook.cell(1)).toBeFocused()

  await page.keyboard.press('b')
  await expect(notebook.cell(2).locator('.monaco-editor.focused')).toBeVisible()
  await page.keyboard.insertText('SELECT 2 AS second')
  // The first Escape may only close the list of suggestions.
  await expect(async () => {
    await page.keyboard.press('Escape')
    await expect(notebook.cell(2)).toBeFocused({ timeout: 500 })
  }).toPass()
  await page.keyboard.press('d')
  await page.keyboard.press('d')
  await expect(page.getByRole('article')).toHaveCount(1)
  await page.keyboard.press('z')
  await expect(page.getByRole('article')).toHaveCount(2)
  await expect(notebook.cell(2)).toContainText('SELECT 2 AS second')
  await notebook.cell(2).focus()
  await page.keyboard.press('Alt+ArrowUp')
  await expect(notebook.cell(1)).toContainText('SELECT 2 AS second')
})

test('a grid is resized and copied from, by keys and by mouse', async ({
  notebook,
  page,
  context,
  dataFolder,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await notebook.addFiles(path.join(dataFolder, 'small.parquet'))
  await notebook.write(1, 'SELECT id, note FROM small ORDER BY id')
  await notebook.run(1)
  const grid = notebook.cell(1).getByRole('grid', { name: 'Result' })
  await grid.focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ControlOrMeta+c')
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('1')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ControlOrMeta+c')
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('note 729 of many')

  const head = grid.getByRole('columnheader', { name: /^note/ })
  const before = (await head.boundingBox())!
  await page.keyboard.press('Alt+ArrowRight')
  await expect.poll(async () => (await head.boundingBox())!.width).toBeCloseTo(before.width + 16, 0)
  const { x, y, width, height } = (await head.boundingBox())!
  await page.mouse.move(x + width - 2, y + height / 2)
  await page.mouse.down()
  await page.mouse.move(x + width + 48, y + height / 2, { steps: 4 })
  await page.mouse.up()
  await expect.poll(async () => (await head.boundingBox())!.width).toBeCloseTo(width + 50, 0)
})

test('rows of a result are selected, copied, filtered and sorted with the keyboard', async ({
  notebook,
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await notebook.write(1, "SELECT i AS id, 'a ' || i % 3 AS name, -i AS less FROM range(1000) t(i)")
  await notebook.run(1)
  const grid = notebook.cell(1).getByRole('grid', { name: 'Result' })
  await expect(grid.getByRole('gridcell', { name: 'a 1' }).first()).toBeVisible()
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText())
  await grid.focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Shift+ArrowDown')
  await page.keyboard.press('Shift+ArrowRight')
  await expect(grid.locator('[aria-selected]')).toHaveCount(4)
  await page.keyboard.press('ControlOrMeta+c')
  await expect.poll(clipboard).toBe('1\ta 1\n2\ta 2')
  await page.keyboard.press('Escape')
  await expect(grid.locator('[aria-selected]')).toHaveCount(0)
  await expect(grid).toBeFocused()

  const filter = notebook.cell(1).getByLabel('Filter rows: a condition in SQL')
  await filter.fill("name = 'a 1' AND id > 990")
  await filter.press('Enter')
  await expect(grid).toHaveAttribute('aria-rowcount', '4')
  expect((await notebook.rows(1)).map(([id]) => id)).toEqual(['991', '994', '997'])
  await grid.focus()
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  await expect.poll(async () => (await notebook.rows(1)).map(([id]) => id)).toEqual(['997', '994', '991'])
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.press('ControlOrMeta+c')
  await expect.poll(clipboard).toBe('id\tname\tless\n997\ta 1\t-997\n994\ta 1\t-994\n991\ta 1\t-991')

  await filter.fill('nam = 1')
  await filter.press('Enter')
  await expect(notebook.cell(1).getByRole('alert')).toContainText('name')
  await expect(grid).toHaveAttribute('aria-rowcount', '4')
  await filter.press('Escape')
  await expect(grid).toHaveAttribute('aria-rowcount', '1001')
  await expectAccessible(page)
})

test('functions are found, and their examples go into cells', async ({ notebook, page }) => {
  await page.getByRole('button', { name: 'Functions and methods' }).click()
  const dialog = page.getByRole('dialog', { name: 'Functions and methods' })
  await expect(dialog).toContainText(/\d+ entries/)
  // axe would look at each of the many hundreds of entries, which differ in their texts only
  await page.keyboard.type('pad')
  await expect(dialog).toContainText('rpad')
  await expectAccessible(page)
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type('lpad')
  await dialog.getByRole('button', { name: 'Put the example of lpad into a new cell' }).click()
  await expect(dialog).toHaveCount(0)
  await expect(notebook.cell(2)).toContainText('lpad')
  await notebook.run(2)
  await expect(notebook.cell(2).getByRole('grid')).toBeVisible()
})

test('a chart says what lies under the pointer, and under the arrow keys', async ({ notebook, page }) => {
  await notebook.write(1, 'SELECT i AS step, i * i AS square FROM generate_series(1, 9) AS t(i)')
  await notebook.run(1)
  await notebook.cell(1).getByText('Chart', { exact: true }).click()
  const chart = notebook.cell(1).getByRole('figure', { name: /Chart of square by step/ })
  await chart.focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowRight')
  await expect(chart.getByRole('status')).toContainText('4')
  await chart.getByRole('img').hover()
  await expect(chart.getByRole('status')).toContainText('25')
  await keepPicture(page, 'chart')
})
