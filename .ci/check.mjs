/**
 * `npm run check`: the quick part of `npm test`. Lint runs beside types, boundaries, dead code and the unit tests that
 * are quick (`vitest.config.ts` says which are not).
 */
import { npmCommand, run } from '../web/server/prepare.mjs'

/** @param {string} name */
async function part(name) {
  const status = await run(...npmCommand(['run', '--silent', name]))
  if (status !== 0) throw new Error(`${name} failed`)
}

async function others() {
  for (const name of ['types', 'boundaries', 'dead', 'lint:format', 'unit:quick']) await part(name)
}

try {
  const results = await Promise.allSettled([part('lint:code'), others()])
  for (const result of results) if (result.status === 'rejected') throw result.reason
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
