import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

const WORKER = 'service-worker.js'
const ENDINGS = /\.(js|css|wasm|woff2|ttf|svg)$/

/**
 * Writes into the built service worker which files the site consists of. `version` changes with any of them, and the
 * browser takes a service worker whose text has changed for a new one.
 *
 * @returns {import('vite').Plugin}
 */
export function offlineFiles() {
  let folder = ''
  return {
    name: 'offline-files',
    apply: 'build',
    configResolved(config) {
      folder = config.build.outDir
    },
    async closeBundle() {
      const worker = path.join(folder, WORKER)
      const names = (await readdir(folder, { recursive: true })).map((name) => name.split(path.sep).join('/'))
      const files = ['./', ...names.filter((name) => ENDINGS.test(name) && name !== WORKER).toSorted()]
      const hash = createHash('sha256').update(files.join('\n'))
      hash.update(await readFile(path.join(folder, 'index.html')))
      const version = hash.digest('hex').slice(0, 12)
      const text = await readFile(worker, 'utf8')
      await writeFile(worker, `const SITE_FILES=${JSON.stringify({ version, files })};\n${text}`)
    },
  }
}
