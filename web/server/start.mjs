/**
 * `npm start [-- --port=5173 --no-isolation]`: installs what is missing, builds what is stale, serves the site.
 * `--no-isolation` serves without cross-origin isolation, as a plain static host would.
 */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { buildIfStale, installIfStale, projectFolder } from './prepare.mjs'
import { startStaticServer } from './static-server.mjs'

const { values } = parseArgs({
  options: { port: { type: 'string', default: '5173' }, 'no-isolation': { type: 'boolean', default: false } },
})

try {
  await installIfStale()
  await buildIfStale()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

const site = { folder: path.join(projectFolder, 'dist'), isolated: !values['no-isolation'] }
const preferred = Number(values.port)
const server = await startStaticServer({ ...site, port: preferred }).catch((/** @type {unknown} */ error) => {
  if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
  return startStaticServer({ ...site, port: 0 })
})
console.log(`Lakebook is at ${server.url}`)
