/**
 * `npm run check`: the quick part of `npm test`. Lint runs beside types, boundaries and dead code; the unit tests follow
 * without the grids over budgets and threads, which `npm test` runs too.
 */
import { npmCommand, run } from '../web/server/prepare.mjs'

/** @param {string} name */
async function part(name) {
  const status = await run(...npmCommand(['run', '--silent', name]))
  if (status !== 0) throw new Error(`${name} failed`)
}

async function others() {
  for (const name of ['types', 'boundaries', 'dead']) await part(name)
}

try {
  const results = await Promise.allSettled([part('lint'), others()])
  for (const result of results) if (result.status === 'rejected') throw result.reason
  await part('unit:quick')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
