/**
 * `npm run bench [-- --scale=sf0.1]`: the notebook's engine against DuckDB-Wasm in the same Chromium, and a sort
 * that spills against one that does not. Prints tables; `--json=FILE` keeps the figures.
 */
import { chromium, type Page } from '@playwright/test'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'vite'
import { findChromium } from '../../.ci/chromium.mjs'
import { buildIfStale, projectFolder } from '../../web/server/prepare.mjs'
import { startStaticServer } from '../../web/server/static-server.mjs'
import { publishedReadings, timePolars } from './cgm.ts'
import { writeArrowStream } from './data.ts'
import type { CgmRun } from './page/cgm.ts'
import type { Timing } from './page/timing.ts'

const { values } = parseArgs({
  options: { scale: { type: 'string', default: 'sf0.1' }, json: { type: 'string' } },
})

const sharedFolder = path.resolve(projectFolder, '../shared')
const tpchFolder = path.join(sharedFolder, 'data/tpch', values.scale)
if (!existsSync(tpchFolder)) {
  console.log(`There is no TPC-H data at ${tpchFolder}: nothing to measure.`)
  process.exit(0)
}

await buildIfStale()
const pageFolder = path.join(projectFolder, 'e2e/output/bench')
await build({
  configFile: false,
  logLevel: 'warn',
  root: path.join(projectFolder, 'e2e/bench/page'),
  base: './',
  build: { outDir: pageFolder, emptyOutDir: true, target: 'es2023', chunkSizeWarningLimit: 4000 },
})

const scratch = await mkdtemp(path.join(tmpdir(), 'lakebook-bench-'))
await writeArrowStream(path.join(tpchFolder, 'lineitem.parquet'), path.join(scratch, 'lineitem.arrows'))
const server = await startStaticServer({
  folder: path.join(projectFolder, 'dist'),
  port: 0,
  isolated: true,
  mounts: {
    '/bench/': pageFolder,
    '/tpch/': tpchFolder,
    '/scratch/': scratch,
    '/duckdb/': path.join(projectFolder, 'node_modules/@duckdb/duckdb-wasm/dist'),
  },
})

const executablePath = await findChromium()
const browser = await chromium.launchPersistentContext(path.join(scratch, 'profile'), {
  ...(executablePath === undefined ? {} : { executablePath }),
  args: ['--no-sandbox'],
})

/** A fresh page for each measurement, so that none inherits another's memory. */
async function inPage<Result, Argument>(
  run: (argument: Argument) => Promise<Result>,
  argument: Argument,
): Promise<Result> {
  const page: Page = await browser.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error') console.error(message.text())
  })
  await page.goto(`${server.url}bench/`)
  try {
    return await page.evaluate(run as never, argument as never)
  } finally {
    await page.close()
  }
}

const threads = cpus().length
const queries: Record<string, string> = {}
for (const [name, file] of [
  ['Q1', 'q01.sql'],
  ['Q6', 'q06.sql'],
] as const) {
  queries[name] = await readFile(path.join(sharedFolder, 'suites/tpch/queries', file), 'utf8')
}

const arrowUrl = '/scratch/lineitem.arrows'
const parquetUrl = '/tpch/lineitem.parquet'
const tpch: Record<string, Record<string, Timing>> = {
  'DuckDB-Wasm, default build': await inPage(
    ([url, sql]) => globalThis.lakebookBench.timeDuckDb('eh', url, sql),
    [arrowUrl, queries] as const,
  ),
  'DuckDB-Wasm, threaded build': await inPage(
    ([url, sql]) => globalThis.lakebookBench.timeDuckDb('coi', url, sql),
    [arrowUrl, queries] as const,
  ),
}
for (const count of new Set([1, threads])) {
  tpch[`Lakebook, ${count} thread${count > 1 ? 's' : ''}`] = await inPage(
    ([url, sql, n]) => globalThis.lakebookBench.timeLakebook(n, url, sql),
    [parquetUrl, queries, count] as const,
  )
}
console.log(`\nTPC-H ${values.scale}, hot, median ms of 9 runs, ${threads} cores`)
for (const [engine, timings] of Object.entries(tpch)) {
  const cells = Object.entries(timings).map(
    ([name, { medianMs }]) => `${name} ${medianMs.toFixed(1).padStart(7)}`,
  )
  console.log(`  ${engine.padEnd(28)} ${cells.join('   ')}`)
}

const inMemory = await inPage(([url, n]) => globalThis.lakebookBench.timeSort(n, 2 ** 30, url), [
  parquetUrl,
  threads,
] as const)
const tenth = Math.max(16 * 2 ** 20, Math.ceil(inMemory.profile.peakReservedBytes / 10 / 65_536) * 65_536)
const spilled = await inPage(([url, n, budget]) => globalThis.lakebookBench.timeSort(n, budget, url), [
  parquetUrl,
  threads,
  tenth,
] as const)
console.log('\nSort of lineitem by price and comment, all columns, median ms of 3 runs')
for (const [name, run] of Object.entries({ 'in memory': inMemory, 'at a tenth': spilled })) {
  const { timing, budgetBytes, profile } = run
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`
  console.log(
    `  ${name.padEnd(12)} ${timing.medianMs.toFixed(0).padStart(6)} ms   budget ${mib(budgetBytes)}, peak ${mib(profile.peakReservedBytes)}, spilled ${mib(profile.spilledBytes)} in ${profile.spillCount} spills`,
  )
}

const readings = publishedReadings()
await writeFile(path.join(scratch, 'readings.parquet'), readings.writeParquet({ compression: 'zstd' }))
const readingsUrl = '/scratch/readings.parquet'
const rowByRow = await inPage((url) => globalThis.lakebookBench.timeRowByRow(url), readingsUrl)
const imputation = await inPage(([url, n]) => globalThis.lakebookBench.timeImputation(n, url), [
  readingsUrl,
  threads,
] as const)
const cgm: Record<string, CgmRun> = {
  [`v1, row by row (${rowByRow.objects.toLocaleString('en')} objects)`]: rowByRow,
  'v2, Polars cell': imputation.polars,
  'the same in SQL': imputation.sql,
  'nodejs-polars': await timePolars(readings),
}
console.log(`\nImputing ${readings.height.toLocaleString('en')} readings, median ms of 5 to 7 runs`)
for (const [name, { timing }] of Object.entries(cgm)) {
  console.log(`  ${name.padEnd(40)} ${timing.medianMs.toFixed(0).padStart(6)}`)
}
const agreed = new Set(Object.values(cgm).map(({ metrics }) => JSON.stringify(metrics)))
console.log(`  ${agreed.size === 1 ? 'All agree on' : 'THEY DISAGREE:'} ${[...agreed].join('\n  ')}`)

if (values.json !== undefined) {
  await writeFile(
    values.json,
    JSON.stringify({ scale: values.scale, threads, tpch, sort: { inMemory, spilled }, cgm }, null, 1),
  )
}
await browser.close()
await server.close()
await rm(scratch, { recursive: true, force: true })
