/**
 * The SQL parser's package finds its Wasm file with imports that it hides from bundlers, and takes a worker for Node.
 * This shows them to the bundler and says which of the two the build is for.
 *
 * @param {{ forNode: boolean }} options
 * @returns {import('vite').Plugin}
 */
export function sqlParserLoader({ forNode }) {
  const detection = /const isBrowser = .*;/
  return {
    name: 'sql-parser-loader',
    enforce: 'pre',
    transform(code, id) {
      if (!/sqlparser-ts\/dist\/index\.mjs$/.test(id.split('?')[0] ?? id)) return null
      if (!detection.test(code)) this.error('the SQL parser no longer tells browsers apart as it did')
      const known = code.replace(detection, `const isBrowser = ${String(!forNode)};`)
      return { code: known.replaceAll('/* @vite-ignore */', ''), map: null }
    },
  }
}
