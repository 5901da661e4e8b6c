/**
 * `npm test`: installs what is missing, then runs every check and every test, and ends with one line of totals
 * over unit tests, .slt records and browser tests. All parts run even when an early one fails.
 * Node built-ins only until the dependencies are there.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { installIfStale, npmCommand, run } from '../web/server/prepare.mjs'

await installIfStale()
const { installChromium } = await import('./chromium.mjs')
const chromium = await installChromium()
const { makeTpchData } = await import('./tpch-data.mjs')
await makeTpchData()

const totalsFolder = await mkdtemp(path.join(tmpdir(), 'lakebook-test-'))
/** @param {string} name */
const totalsFile = (name) => path.join(totalsFolder, `${name}.json`)

/**
 * @typedef {{ passed: number, failed: number }} Totals
 * @typedef {{ name: string, args?: string[], environment?: Record<string, string>, totals?: (report: any) => Totals }} Part
 */

/** @type {Part[]} */
const parts = [
  { name: 'types' },
  { name: 'lint' },
  { name: 'boundaries' },
  { name: 'dead' },
  {
    name: 'unit',
    args: ['--reporter=default', '--reporter=json', `--outputFile.json=${totalsFile('unit')}`],
    totals: (report) => ({
      passed: report.numPassedTests,
      // a file that cannot be loaded has no test to fail
      failed: Math.max(report.numFailedTests, report.success ? 0 : 1),
    }),
  },
  {
    name: 'slt',
    args: [`--totals=${totalsFile('slt')}`],
    totals: (report) => report,
  },
  { name: 'build' },
  {
    name: 'e2e',
    environment: { CHROMIUM_PATH: chromium, PLAYWRIGHT_JSON_OUTPUT_FILE: totalsFile('e2e') },
    args: ['--reporter=list,json'],
    totals: ({ stats, errors }) => ({
      passed: Number(stats.expected) + Number(stats.flaky),
      failed: Number(stats.unexpected) + Number(errors.length),
    }),
  },
]

const sum = { passed: 0, failed: 0 }
const brokenParts = []
for (const part of parts) {
  console.log(`\n— ${part.name}`)
  const startedMs = performance.now()
  const extra = part.args ? ['--', ...part.args] : []
  const status = await run(...npmCommand(['run', '--silent', part.name, ...extra]), part.environment)
  const totals = part.totals ? await readTotals(part) : { passed: 0, failed: 0 }
  sum.passed += totals.passed
  sum.failed += totals.failed
  if (status !== 0 || totals.failed > 0) brokenParts.push(part.name)
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.log(`${part.name}: ${status === 0 ? 'ok' : 'FAILED'} in ${seconds} s`)
}
await rm(totalsFolder, { recursive: true, force: true })

if (brokenParts.length > 0) console.log(`\nFailed: ${brokenParts.join(', ')}`)
console.log(`\n${sum.passed} passed, ${sum.failed} failed`)
process.exitCode = brokenParts.length > 0 ? 1 : 0

/**
 * A part that left no totals did not get as far as its tests, which counts as one failure.
 *
 * @param {Part} part
 * @returns {Promise<Totals>}
 */
async function readTotals({ name, totals }) {
  const text = await readFile(totalsFile(name), 'utf8').catch(() => undefined)
  return text === undefined || !totals ? { passed: 0, failed: 1 } : totals(JSON.parse(text))
}
