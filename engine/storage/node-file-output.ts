import { open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { LakebookError } from '../errors.ts'
import type { OpenOutput } from './file-output.ts'

/**
 * Files inside one folder, whatever a statement calls them: nothing else can be written. A file appears under its name
 * when it is whole.
 */
export function nodeOutput(folder: string): OpenOutput {
  const root = path.resolve(folder)
  return async (name) => {
    const target = path.resolve(root, name)
    if (!target.startsWith(root + path.sep)) {
      throw new LakebookError('forbidden', `COPY may not write to ${name}`, {
        hint: `Files can be written inside ${root}.`,
      })
    }
    const unfinished = `${target}.${process.pid}.unfinished`
    const file = await open(unfinished, 'w').catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new LakebookError('not_readable', `${name} cannot be written: ${reason}`, { cause })
    })
    return {
      async write(chunk) {
        await file.writeFile(chunk)
      },
      async finish() {
        await file.close()
        await rename(unfinished, target)
        return null
      },
      async abandon() {
        await file.close()
        await rm(unfinished, { force: true })
      },
    }
  }
}
