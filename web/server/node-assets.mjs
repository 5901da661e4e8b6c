import { readFile } from 'node:fs/promises'
import path from 'node:path'

/**
 * Vite follows `new URL('./file', import.meta.url)` only in builds for the browser. This does the same in the
 * build for Node: a Wasm file becomes an asset beside the bundle, a TypeScript file (a worker) an entry of its own.
 *
 * @returns {import('vite').Plugin}
 */
export function nodeAssets() {
  const pattern = /new URL\(\s*(['"])([^'"]+\.(?:wasm|ts))\1\s*,\s*import\.meta\.url\s*\)/g
  return {
    name: 'node-assets',
    async transform(code, id) {
      let result = code
      for (const [whole, , name = ''] of code.matchAll(pattern)) {
        const file = path.resolve(path.dirname(id.split('?')[0] ?? id), name)
        const reference = name.endsWith('.ts')
          ? this.emitFile({ type: 'chunk', id: file, name: path.basename(name, '.ts') })
          : this.emitFile({ type: 'asset', name: path.basename(name), source: await readFile(file) })
        result = result.replace(whole, () => `new URL('node-asset:${reference}', import.meta.url)`)
      }
      return result === code ? null : { code: result, map: null }
    },
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue
        chunk.code = chunk.code.replace(/node-asset:([\w-]+)/g, (_whole, /** @type {string} */ reference) => {
          const relative = path.posix.relative(
            path.posix.dirname(chunk.fileName),
            this.getFileName(reference),
          )
          return relative.startsWith('.') ? relative : `./${relative}`
        })
      }
    },
  }
}
