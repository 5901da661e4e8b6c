import { existsSync } from 'node:fs'
import path from 'node:path'
import { LakebookError } from '../../errors.ts'

/** Other projects' suites lie beside the checkout; without them there is nothing to run. */
export const sharedFolder = path.resolve(import.meta.dirname, '../../../../shared')
export const suitesFolder = path.join(sharedFolder, 'suites')

export function suitesAreThere(): boolean {
  return existsSync(suitesFolder)
}

export interface SuiteFailure {
  /** File and line, or the case's name. */
  readonly at: string
  readonly text: string
  readonly reason: string
}

export interface SuiteResult {
  readonly name: string
  readonly passed: number
  readonly failures: readonly SuiteFailure[]
}

/** Marks the reasons that are no wrong answer but a named gap. */
const unsupportedMark = '[unsupported] '

/** One line that says why something failed, marked when the engine said that it does not support it. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const isGap =
    error instanceof LakebookError && (error.code === 'unsupported' || error.code === 'unknown_function')
  const code = error instanceof LakebookError ? `${error.code}: ` : ''
  return `${isGap ? unsupportedMark : ''}${code}${message.split('\n')[0] ?? ''}`
}

export function isUnsupported(failure: SuiteFailure): boolean {
  return failure.reason.startsWith(unsupportedMark)
}
