import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ExtentAllocator, type Segment, UNIT_BYTES } from './extent-allocator.ts'

it('never hands out a byte twice, whatever the order, and ends empty', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ bytes: fc.integer({ min: 1, max: 500_000 }), release: fc.boolean(), pick: fc.nat() }),
      ),
      (steps) => {
        const allocator = new ExtentAllocator()
        const live: Segment[] = []
        for (const { bytes, release, pick } of steps) {
          if (release && live.length > 0) {
            const [segment] = live.splice(pick % live.length, 1)
            if (segment !== undefined) allocator.release(segment)
          } else {
            const after =
              live.length === 0 ? -1 : live[pick % live.length]!.at + live[pick % live.length]!.bytes
            const segment = allocator.allocate(bytes, after)
            expect(segment.bytes).toBeGreaterThanOrEqual(bytes)
            expect(segment.bytes - bytes).toBeLessThan(UNIT_BYTES)
            for (const other of live) {
              expect(segment.at >= other.at + other.bytes || segment.at + segment.bytes <= other.at).toBe(
                true,
              )
            }
            live.push(segment)
          }
          expect(allocator.liveBytes).toBe(live.reduce((sum, segment) => sum + segment.bytes, 0))
          expect(allocator.fileBytes).toBe(Math.max(0, ...live.map((segment) => segment.at + segment.bytes)))
        }
        for (const segment of live) allocator.release(segment)
        expect([allocator.liveBytes, allocator.fileBytes]).toEqual([0, 0])
      },
    ),
    { numRuns: 200 },
  )
})

it('prefers the space right behind, then the first gap, then the end', () => {
  const allocator = new ExtentAllocator()
  const [a, b, c] = [
    allocator.allocate(UNIT_BYTES),
    allocator.allocate(2 * UNIT_BYTES),
    allocator.allocate(1),
  ]
  allocator.release(b)
  expect(allocator.allocate(1, a.at + a.bytes).at).toBe(UNIT_BYTES)
  expect(allocator.allocate(1, c.at + c.bytes).at).toBe(4 * UNIT_BYTES)
  expect(allocator.allocate(1).at).toBe(2 * UNIT_BYTES)
  expect(() => {
    allocator.release(a)
    allocator.release(a)
  }).toThrow(/twice/)
})
