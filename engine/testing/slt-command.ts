/**
 * `npm run slt [-- --judge] [--complete] [files]`: runs the project's `.slt` files, each in an engine of its own.
 * `--judge` asks native DuckDB instead, which must give the same answers. `--complete` writes the results that were
 * found into the files. `--totals=<file>` keeps the totals as JSON.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { openDuckDbForSlt, openLakebookForSlt } from './slt-engines.ts'
import { parseSlt } from './slt-records.ts'
import { completeSlt, runSlt } from './slt-run.ts'

const engineFolder = path.resolve(import.meta.dirname, '..')
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    complete: { type: 'boolean', default: false },
    judge: { type: 'boolean', default: false },
    totals: { type: 'string' },
  },
})

const names = await readdir(engineFolder, { recursive: true })
const all = names.filter((name) => name.endsWith('.slt')).map((name) => path.join(engineFolder, name))
const files = positionals.length > 0 ? positionals.map((name) => path.resolve(name)) : all.sort()

let passed = 0
let failed = 0
for (const file of files) {
  const text = await readFile(file, 'utf8')
  const engine = await (values.judge ? openDuckDbForSlt() : openLakebookForSlt())
  const outcome = await runSlt(parseSlt(text), engine)
  await engine.close()
  passed += outcome.passed
  failed += outcome.failures.length
  const name = path.relative(process.cwd(), file)
  console.log(`${outcome.failures.length === 0 ? 'ok    ' : 'FAILED'} ${name}: ${outcome.passed} passed`)
  for (const { line, sql, reason } of outcome.failures) {
    console.log(
      `  ${name}:${line}\n    ${sql.replaceAll('\n', '\n    ')}\n    → ${reason.replaceAll('\n', '\n      ')}`,
    )
  }
  if (values.complete) await writeFile(file, completeSlt(text, outcome.actual))
}
console.log(`slt: ${passed} records passed, ${failed} failed, in ${files.length} files`)
if (values.totals !== undefined) await writeFile(values.totals, JSON.stringify({ passed, failed }))
process.exit(failed > 0 ? 1 : 0)
