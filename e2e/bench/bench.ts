/**
 * `npm run bench [-- --scale=sf0.1 --only=tpch,sort,cgm]`: the notebook's engine against DuckDB-Wasm in the same
 * Chromium, and a sort that spills against one that does not. `--only=queries [--tables=FOLDER]` runs all of TPC-H in
 * Node against native DuckDB. `--only=slowdown [--operators=sort,join --threads=2 --clock=cpu]` compares every operator in Node in a
 * large heap and in heaps of a half and of a tenth of what it needs. Prints tables; `--json=FILE` keeps the figures.
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
import { printQueries, timeQueries } from './queries.ts'
import { printSlowdown, printSlowdownTitle, timeSlowdown, type SlowdownRow } from './slowdown.ts'
import type { Timing } from './page/timing.ts'

const { values } = parseArgs({
  options: {
    scale: { type: 'string', default: 'sf0.1' },
    only: { type: 'string', default: 'tpch,sort,cgm' },
    tables: { type: 'string' },
    operators: { type: 'string' },
    threads: { type: 'string', default: '1' },
    clock: { type: 'string', default: 'wall' },
    json: { type: 'string' },
  },
})
const wanted = new Set(values.only.split(','))

if (wanted.has('slowdown')) {
  const runs = { threads: Number(values.threads), clock: values.clock === 'cpu' ? 'cpu' : 'wall' } as const
  const rows: SlowdownRow[] = []
  printSlowdownTitle(runs)
  await timeSlowdown(
    runs,
    values.operators === undefined ? null : new Set(values.operators.split(',')),
    (row) => {
      rows.push(row)
      printSlowdown(row)
    },
  )
  if (values.json !== undefined) await writeFile(values.json, JSON.stringify(rows, null, 2))
  if (wanted.size === 1) process.exit(0)
}

const sharedFolder = path.resolve(projectFolder, '../shared')
const tpchFolder = path.join(sharedFolder, 'data/tpch', values.scale)
if (!existsSync(tpchFolder)) {
  console.log(`There is no TPC-H data at ${tpchFolder}: nothing to measure.`)
  process.exit(0)
}

if (wanted.has('queries')) {
  const folders = {
    queries: path.join(sharedFolder, 'suites/tpch/queries'),
    tables: values.tables ?? tpchFolder,
  }
  for (const count of new Set([1, cpus().length])) {
    const title = `TPC-H in Node, hot, median ms of 5 runs, ${count} thread${count > 1 ? 's' : ''}`
    printQueries(await timeQueries(folders, count), title)
  }
  if (wanted.size === 1) process.exit(0)
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
const figures = {
  tpch: wanted.has('tpch') ? await benchTpch() : null,
  sort: wanted.has('sort') ? await benchSort() : null,
  cgm: wanted.has('cgm') ? await benchCgm() : null,
}
if (values.json !== undefined) {
  await writeFile(values.json, JSON.stringify({ scale: values.scale, threads, ...figures }, null, 1))
}
await browser.close()
await server.close()
await rm(scratch, { recursive: true, force: true })

async function benchTpch() {
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
  return tpch
}

async function benchSort() {
  const sortAt = (budget: number, cold: boolean) =>
    inPage(([url, n, bytes, isCold]) => globalThis.lakebookBench.timeSort(n, bytes, url, isCold), [
      parquetUrl,
      threads,
      budget,
      cold,
    ] as const)
  const inMemory = await sortAt(2 ** 30, false)
  const tenth = Math.max(16 * 2 ** 20, Math.ceil(inMemory.profile.peakReservedBytes / 10 / 65_536) * 65_536)
  const runs = {
    'in memory, columns in the cache': inMemory,
    'in memory, read from the file': await sortAt(2 ** 30, true),
    'at a tenth, read from the file': await sortAt(tenth, false),
  }
  console.log('\nSort of lineitem by price and comment, all columns, median ms of 5 runs')
  for (const [name, { timing, budgetBytes, profile }] of Object.entries(runs)) {
    const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`
    console.log(
      `  ${name.padEnd(32)} ${timing.medianMs.toFixed(0).padStart(6)} ms   budget ${mib(budgetBytes)}, peak ${mib(profile.peakReservedBytes)}, spilled ${mib(profile.spilledBytes)} in ${profile.spillCount} spills`,
    )
  }
  return runs
}

async function benchCgm() {
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
  return cgm
}
