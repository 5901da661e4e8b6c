/**
 * Places in `heap.counters` by which the threads of a heap work together. One pipeline at a time is shared.
 *
 * | place       | what                                                                |
 * |-------------|---------------------------------------------------------------------|
 * | 0           | the next morsel: taken with `Atomics.add`                           |
 * | 1           | not 0: everybody stops                                              |
 * | 2           | members that wait for an answer                                     |
 * | 3           | not 0: nobody takes another morsel                                  |
 * | 8 + 2i      | member i: `ASK`, which it waits on                                  |
 * | 9 + 2i      | member i: the answer                                                |
 */
export const TEAM_CELL = { nextMorsel: 0, stop: 1, asking: 2, pause: 3 } as const

/** States of a member's cell. */
export const ASK = { none: 0, waiting: 1, answered: 2, stopped: 3 } as const

/** Members that there are cells for. */
export const MOST_MEMBERS = 15

export function askCell(member: number): number {
  return 8 + 2 * member
}

export function answerCell(member: number): number {
  return 9 + 2 * member
}
