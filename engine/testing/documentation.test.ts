import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const projectFolder = path.resolve(import.meta.dirname, '../..')
const topLevel = /^(engine|web|workers|public|e2e|\.ci)\//

/** Paths in backquotes or links: from the project's root when they begin with a folder of it, else from the page. */
function namedPaths(page: string): { name: string; file: string }[] {
  const text = readFileSync(path.join(projectFolder, page), 'utf8')
  const inline = [...text.matchAll(/`([\w.-]+(?:\/[\w.*-]*)+|[\w-]+\.(?:ts|tsx|mjs|json))`/g)].map(
    (match) => match[1]!,
  )
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map((match) => match[1]!)
  return [...inline, ...links]
    .filter((name) => !name.includes('*') && !name.startsWith('dist/') && !name.startsWith('application/'))
    .map((name) => ({
      name,
      file: topLevel.test(name)
        ? path.join(projectFolder, name)
        : path.join(projectFolder, path.dirname(page), name),
    }))
}

test.each(['README.md', 'engine/README.md'])('every path that %s names exists', (page) => {
  const missing = namedPaths(page).filter(({ file }) => !existsSync(file))
  expect(missing.map(({ name }) => name)).toEqual([])
})
