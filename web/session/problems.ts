import { create } from 'zustand'
import type { WireError } from '../../workers/protocol.ts'

/** What went wrong outside any cell, until the person has read it. */
export interface Problem {
  readonly id: number
  readonly title: string
  readonly error: Pick<WireError, 'message' | 'hint'>
}

export const useProblems = create<{ readonly problems: readonly Problem[] }>()(() => ({ problems: [] }))

let nextId = 1

export function reportProblem(title: string, error: Problem['error']): void {
  useProblems.setState(({ problems }) => ({ problems: [...problems, { id: nextId++, title, error }] }))
}

export function dismissProblem(id: number): void {
  useProblems.setState(({ problems }) => ({ problems: problems.filter((problem) => problem.id !== id) }))
}
