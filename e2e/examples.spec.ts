import { expect, test } from './fixtures.ts'
import { NotebookPage } from './notebook-page.ts'

test('the example of partitions, opened by its address, compares four runs whose answers are equal', async ({
  page,
  sites,
}) => {
  test.setTimeout(120_000)
  const notebook = new NotebookPage(page)
  await notebook.open(`${sites.isolated}#example=partitions`)
  await expect(page.getByRole('textbox', { name: 'Title of the notebook' })).toHaveValue(
    'Partitions and memory',
  )
  await expect(page.getByText('This is an example.')).toBeVisible()
  // a tenth of the events, which are still too many for the limit
  await notebook.write(
    2,
    `SET memory_limit = '16MB';
     CREATE OR REPLACE TABLE events AS
     SELECT i % 2000 AS user_id, TIMESTAMP '2026-03-02' + to_days(CAST(i % 14 AS INTEGER)) AS event_time,
            i % 2000 * 1000 + i // 14000 AS session_id, i % 600 AS duration
     FROM range(400000) AS numbers(i)`,
  )
  await notebook.runAll.click()
  await expect(page.getByText(/All four answers are equal: 14,000 rows, checksum [0-9a-f]{8}/)).toBeVisible({
    timeout: 100_000,
  })
  const findings = page.getByRole('list', { name: 'What happened' })
  await expect(findings.getByRole('listitem')).toHaveCount(4)
  await expect(findings).toContainText('16 partitions against 4, in one step')
  // not the last cell, which only takes settings back
  await expect(page.getByRole('button', { name: /Run shown/ })).toContainText('Cell 8: 14,000 rows')
})
