import path from 'node:path'
import { expect, expectAccessible, test } from './fixtures.ts'

test('a cell says what it will need, and the storage dialog what lies on the disk', async ({
  notebook,
  page,
  dataFolder,
}) => {
  await notebook.addFiles(path.join(dataFolder, 'events.parquet'))
  await notebook.write(1, "SET memory_limit = '24MB'")
  await notebook.run(1)
  await expect(notebook.cell(1)).toContainText('memory_limit')
  await notebook.write(1, 'SELECT id FROM events ORDER BY note, id DESC')
  await expect(notebook.cell(1)).toContainText(/Before running: needs at most about .* MiB of .* MiB/)
  await expect(notebook.cell(1)).toContainText(/Sort by note, id DESC.* may spill about/)
  await notebook.write(1, 'SELECT count(*) AS n FROM events')
  await expect(notebook.cell(1)).toContainText('Nothing has to spill.')

  await notebook.choose('Notebook menu', 'Storage')
  const dialog = page.getByRole('dialog', { name: 'Storage' })
  await expect(dialog).toContainText('Columns of this tab')
  await expect(dialog).toContainText('Left by closed tabs')
  await expect(dialog.getByRole('button', { name: 'Sweep what is left over' })).toBeDisabled()
  await expectAccessible(page)
})
