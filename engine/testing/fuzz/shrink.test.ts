import { expect, it } from 'vitest'
import { Choices } from './choices.ts'
import { shrink } from './shrink.ts'

it('makes the same case again from the same decisions', () => {
  const choices = Choices.random(7)
  const made = Array.from({ length: 20 }, () => choices.below(100))
  const again = Choices.replay(choices.made)
  expect(Array.from({ length: 20 }, () => again.below(100))).toEqual(made)
  expect(again.pick(['simple', 'other'])).toBe('simple')
  expect(again.chance(0.99)).toBe(false)
})

it('leaves out and simplifies every decision that a difference does not need', async () => {
  const made = Array.from({ length: 200 }, (_, i) => (i === 150 ? 0.9 : 0.3))
  const fails = (candidate: readonly number[]) => Promise.resolve(candidate.some((value) => value > 0.8))
  expect(await shrink(made, fails, 5000)).toEqual([0.9])
})
