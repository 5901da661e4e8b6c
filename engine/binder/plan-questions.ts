import type { LogicalPlan } from '../plan/plan.ts'

/** Thrown where binding cannot go on before a small query has run: its columns depend on the data. */
export class AnswerNeeded extends Error {
  /** Yields one row with one text. */
  readonly plan: LogicalPlan

  constructor(plan: LogicalPlan) {
    super('binding needs the answer of a query')
    this.name = 'AnswerNeeded'
    this.plan = plan
  }
}

/**
 * What binding asked of the data, in the order of asking. A text is bound again from the start after each answer, and
 * asks the same questions in the same order.
 */
export class PlanQuestions {
  readonly #answers: (string | null)[] = []
  #next = 0

  restart(): void {
    this.#next = 0
  }

  /** The answer to the next question. @throws AnswerNeeded */
  ask(plan: LogicalPlan): string | null {
    const answer = this.#answers[this.#next]
    if (answer === undefined) throw new AnswerNeeded(plan)
    this.#next++
    return answer
  }

  answer(text: string | null): void {
    this.#answers.push(text)
  }
}
