/**
 * Writes characters beyond ASCII as escapes: a browser holds a script with a single one beyond Latin-1 at two bytes a
 * character for as long as its page or worker lives.
 *
 * @returns {import('vite').Plugin}
 */
export function asciiScripts() {
  return {
    name: 'ascii-scripts',
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === 'chunk') chunk.code = escaped(chunk.code)
      }
    },
  }
}

/** @param {string} code which has such characters in texts, patterns and names alone, where escapes mean the same */
function escaped(code) {
  return code.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
