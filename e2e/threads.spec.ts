import { expect, test, type Door } from './fixtures.ts'
import { eventRows } from './test-data.ts'

for (const [kind, threads] of [
  ['isolated', 2],
  ['plain', 1],
] as const) {
  test(`on a ${kind} page a query runs on ${threads} of 2 threads`, async ({ page, sites }) => {
    await page.goto(`${sites[kind]}data/blank.html`)
    const said = await page.evaluate(async () => {
      const { openLakebook } = (await import(new URL('/lakebook.js', location.href).href)) as Door
      const lake = await openLakebook({ heapBudgetBytes: 64 * 2 ** 20, threads: 2 })
      try {
        await lake.registerFile('events', new URL('/data/events.parquet', location.href).href)
        const sql = 'SELECT count(*) AS n, sum(id) AS total FROM events'
        const answers: string[] = []
        // The second time, what one thread decoded is lent to the other.
        for (const _time of ['cold', 'hot']) {
          const { table, profile } = await lake.sql(sql)
          const details = profile.operators.map(({ detail }) => /\((\d+) threads\)$/.exec(detail)?.[1] ?? '1')
          const most = Math.max(...details.map(Number))
          answers.push(
            `${most} ${String(table.getChild('n')!.get(0))} ${String(table.getChild('total')!.get(0))}`,
          )
        }
        return answers
      } finally {
        await lake.close()
      }
    })
    const answer = `${threads} ${eventRows} ${(eventRows * (eventRows - 1)) / 2}`
    expect(said).toEqual([answer, answer])
  })
}
