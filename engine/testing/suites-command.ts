/**
 * `npm run suites [-- SUITE] [--filter=TEXT] [--verbose] [--json=FILE]`: runs other projects' suites, which lie
 * beside the checkout, and prints what passed, what failed and what the engine says that it does not support.
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { openLakebook } from '../node.ts'
import { runParquetSuite } from './suites/parquet-suite.ts'
import { runPolarsSuite } from './suites/polars-suite.ts'
import { runSltSuite, sltSuites } from './suites/slt-suites.ts'
import { isUnsupported, suitesAreThere, suitesFolder, type SuiteResult } from './suites/suite.ts'
import { runTpchSuite } from './suites/tpch-suite.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    filter: { type: 'string', default: '' },
    verbose: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
})

if (!suitesAreThere()) {
  console.log(`There are no suites at ${suitesFolder}: nothing to run.`)
  process.exit(0)
}

const openLake = () => openLakebook({ heapBudgetBytes: 256 * 2 ** 20, threads: 1 })
const suites: Record<string, () => Promise<SuiteResult>> = {
  tpch: () => runTpchSuite(openLake),
  polars: () => runPolarsSuite(openLake, values.filter),
  parquet: () => runParquetSuite(openLake, values.filter),
}
for (const [name, dialect] of Object.entries(sltSuites)) {
  suites[name] = () => runSltSuite(name, dialect, openLake, values.filter)
}

const chosen = positionals.length > 0 ? positionals : Object.keys(suites)
const results: SuiteResult[] = []
for (const name of chosen) {
  const runSuite = suites[name]
  if (runSuite === undefined)
    throw new Error(`there is no suite ${name}, only ${Object.keys(suites).join(', ')}`)
  const startedMs = performance.now()
  const result = await runSuite()
  results.push(result)
  const unsupported = result.failures.filter(isUnsupported).length
  const failed = result.failures.length - unsupported
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.log(
    `${result.name.padEnd(12)} ${result.passed} passed, ${failed} failed, ${unsupported} unsupported (${seconds} s)`,
  )
  printReasons(result)
}
if (values.json !== undefined) await writeFile(values.json, JSON.stringify(results, null, 1))
process.exit(0)

/** The commonest reasons, or every failure with `--verbose`. */
function printReasons({ failures }: SuiteResult): void {
  if (values.verbose) {
    for (const { at, text, reason } of failures) {
      console.log(`  ${at}\n      ${text.replace(/\s+/g, ' ').slice(0, 200)}\n      → ${reason}`)
    }
    return
  }
  const counts = new Map<string, { count: number; at: string }>()
  for (const { reason, at } of failures) {
    const kind = reason.replace(/\d+/g, '#').slice(0, 110)
    counts.set(kind, { count: (counts.get(kind)?.count ?? 0) + 1, at: counts.get(kind)?.at ?? at })
  }
  const commonest = [...counts].sort(([, a], [, b]) => b.count - a.count).slice(0, 12)
  for (const [kind, { count, at }] of commonest)
    console.log(`  ${String(count).padStart(6)} × ${kind}   (${at})`)
}
