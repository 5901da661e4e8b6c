import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'rolldown/utils'

/** @type {import('node:module').LoadHook} */
export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !/\.tsx?$/.test(url)) return nextLoad(url, context)
  const fileName = fileURLToPath(url)
  const { code, map } = transformSync(fileName, await readFile(fileName, 'utf8'), { sourcemap: true })
  const sourceMap = Buffer.from(JSON.stringify(map)).toString('base64')
  const source = `${code}\n//# sourceMappingURL=data:application/json;base64,${sourceMap}`
  return { format: 'module', source, shortCircuit: true }
}
