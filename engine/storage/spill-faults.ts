import { internalError, LakebookError } from '../errors.ts'

/** Disk or quota exhausted. `bytes` could not be written. */
export function outOfDisk(bytes: number, where: string, cause?: unknown): LakebookError {
  const mebibytes = Math.max(0.1, bytes / 2 ** 20).toFixed(1)
  return new LakebookError('out_of_disk', `Spilling needs ${mebibytes} MiB more, but ${where} is full`, {
    hint: 'Free disk space, raise the budget with SET memory_limit so that less is spilled, or ask for fewer rows.',
    cause,
  })
}

/** The spill file does not hold what was written to it. */
export function spillDamaged(what: string, cause?: unknown): LakebookError {
  return new LakebookError('spill_damaged', `The spill file is damaged: ${what}`, {
    hint: 'Run the query again. If it happens again, the disk may be failing.',
    cause,
  })
}

/** Names become file names; they come from the engine itself. */
export function checkWorkerName(worker: string): void {
  if (!/^[a-z0-9-]+$/.test(worker)) throw internalError(`a spill file is named ${JSON.stringify(worker)}`)
}
