import { describe, expect, it } from 'vitest'
import { LakebookError } from '../errors.ts'
import { readPolarsCases, runPolarsCase } from '../testing/polars-cases.ts'

const cases = readPolarsCases()

describe.skipIf(cases.length === 0)(
  `cases that Polars answered (${cases.length === 0 ? 'skipped: ../shared is absent' : cases.length})`,
  () => {
    it.each(cases.map((one) => [one.id, one.py, one] as const))('%s %s', (_id, _py, one) => {
      try {
        expect(runPolarsCase(one)).toBeNull()
      } catch (error) {
        if (!(error instanceof LakebookError)) throw error
        // what is not supported says so by name and place; anything else must be Polars's own refusal
        if (one.expected.error === true) return
        expect(error.code).toBe('unsupported')
        expect(error.span).toBeDefined()
      }
    })

    it('answers nearly all of them', () => {
      const answered = cases.filter((one) => {
        try {
          return runPolarsCase(one) === null
        } catch {
          return one.expected.error === true
        }
      })
      expect(answered.length).toBeGreaterThanOrEqual(Math.floor(cases.length * 0.88))
    })
  },
)
