/**
 * `npm start [-- --port=5173 --no-isolation]`: installs what is missing, builds what is stale, serves the site.
 * `--no-isolation` serves without cross-origin isolation, as a plain static host would.
 */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { buildIfStale, installIfStale, projectFolder } from './prepare.mjs'
import { startStaticServer } from './static-server.mjs'

const NEIGHBOURS = 10

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
const server = await startAtFirstFree()
console.log(`Lakebook is at ${server.url}`)

/** Ports next to the preferred one come first: what a browser has saved belongs to an address, its port included. */
async function startAtFirstFree() {
  for (let port = preferred; port < preferred + NEIGHBOURS; port++) {
    try {
      return await startStaticServer({ ...site, port })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
      console.log(`Port ${port} is taken.`)
    }
  }
  return startStaticServer({ ...site, port: 0 })
}
