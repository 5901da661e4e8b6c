import { chromium } from '@playwright/test'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { tpchSf1 } from '../engine/testing/tpch-sf1.ts'
import { expect, test, type Door } from './fixtures.ts'
import { PlainPage } from './plain-page.ts'
import { residentBytes } from './resident-memory.ts'

const MIB = 2 ** 20
const BUDGET_BYTES = 64 * MIB
/**
 * What a page may take besides: compiled code, the parser, what decoders take beyond their share, and what waits for the
 * collector. 115 to 130 MiB were measured.
 */
const BESIDES_BYTES = 160 * MIB
const found = process.platform === 'linux' ? tpchSf1() : null

/** The page while the test runs. */
interface Asking {
  lake: Awaited<ReturnType<Door['openLakebook']>>
}

test('the budget is true: the renderer grows by no more while large queries run', async ({
  sites,
  launchOptions,
}) => {
  test.skip(found === null, 'TPC-H at scale factor 1 is not here')
  test.setTimeout(900_000)
  const { folder, queries } = found!
  const profile = await mkdtemp(path.join(tmpdir(), 'lakebook-budget-'))
  const { executablePath = chromium.executablePath(), args = [] } = launchOptions
  const page = await PlainPage.open(executablePath, args, profile, `${sites.isolated}data/blank.html`)
  let most = 0
  let watching = true
  try {
    await page.evaluate(() => {
      const input = document.createElement('input')
      input.type = 'file'
      input.multiple = true
      document.body.append(input)
    }, null)
    const files = (await readdir(folder)).map((file) => path.join(folder, file))
    await page.setFiles('input', files)
    await new Promise((resolve) => setTimeout(resolve, 2000))
    const idle = await residentBytes(profile)
    expect(idle).toBeGreaterThan(10 * MIB)
    const watch = (async () => {
      while (watching) {
        most = Math.max(most, await residentBytes(profile))
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    })()
    await page.evaluate(async (heapBudgetBytes) => {
      const url = new URL('/lakebook.js', location.href).href
      const { openLakebook } = (await import(url)) as Door
      const lake = await openLakebook({ heapBudgetBytes, threads: 2 })
      for (const file of document.querySelector('input')!.files!) {
        await lake.registerFile(file.name.replace('.parquet', ''), file)
      }
      ;(globalThis as unknown as Asking).lake = lake
    }, BUDGET_BYTES)
    for (const { name, sql } of queries) {
      const { peakReservedBytes, spillFileBytes, holders } = await page.evaluate(async (text) => {
        const { lake } = globalThis as unknown as Asking
        const { profile: told } = await lake.sql(text)
        const after = lake.memory()
        const held = after.consumers.filter(({ reservedBytes }) => reservedBytes > 0)
        return {
          peakReservedBytes: told.peakReservedBytes,
          spillFileBytes: after.spillFileBytes,
          holders: held.map((each) => each.name),
        }
      }, sql)
      expect(peakReservedBytes, name).toBeLessThanOrEqual(BUDGET_BYTES)
      expect(spillFileBytes, name).toBe(0)
      expect(
        holders.filter((each) => each !== 'Engine' && each !== 'Column cache'),
        name,
      ).toEqual([])
    }
    watching = false
    await watch
    console.log(`The renderer grew by ${((most - idle) / MIB).toFixed(0)} MiB at the most.`)
    expect(most - idle).toBeLessThan(BUDGET_BYTES + BESIDES_BYTES)
  } finally {
    watching = false
    await page.close()
    await rm(profile, { recursive: true, force: true })
  }
})
