import type { QueryContext } from './query-context.ts'

/** Runs steps with a breath between them, so that a cancel is heard. @throws `cancelled` */
export async function inSteps<Result>(
  context: QueryContext,
  steps: Generator<void, Result>,
): Promise<Result> {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    await context.breathe()
  }
}

/** Runs steps in one go. */
export function atOnce<Result>(steps: Generator<void, Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}
