import fc from 'fast-check'
import { expect, test } from 'vitest'
import { extentOf, MAX_CANVAS_PX, positionOf, scrolled } from './scaled-scroll.ts'

const ROW_PX = 26
const million = extentOf(50_000_000, ROW_PX, 400)

test('a small table scrolls as it is', () => {
  const extent = extentOf(1000, ROW_PX, 400)
  expect(extent.canvasPx).toBe(26_000)
  expect(scrolled({ scrollTop: 0, contentTop: 0 }, 5000, extent).contentTop).toBe(5000)
})

test('a wheel step moves a tall table by its own pixels', () => {
  const start = positionOf(600_000_000, million)
  const moved = scrolled(start, start.scrollTop + 100, million)
  expect(moved.contentTop - start.contentTop).toBe(100)
})

test('both ends are reached exactly', () => {
  const bottom = MAX_CANVAS_PX - 400
  expect(scrolled(positionOf(9e8, million), bottom, million).contentTop).toBe(50_000_000 * ROW_PX - 400)
  expect(scrolled(positionOf(9e8, million), 0, million).contentTop).toBe(0)
})

test('every place in the content has a place on the bar that leads back near it', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (share) => {
      const wanted = share * (million.contentPx - million.viewportPx)
      const { scrollTop } = positionOf(wanted, million)
      const jumped = scrolled({ scrollTop: scrollTop > 4e6 ? 0 : 7e6, contentTop: 0 }, scrollTop, million)
      expect(Math.abs(jumped.contentTop - wanted)).toBeLessThan(200)
    }),
  )
})
