import { expect, it } from 'vitest'
import { openHeap } from '../testing/open-heap.ts'
import { CommonBound } from './common-bound.ts'
import { PAGE_BYTES } from './control-block.ts'
import { PageOwner } from './page-owner.ts'

it('lets whoever comes first have what is left, but keeps for each what it is sure of', async () => {
  const { heap, pool } = await openHeap()
  const owners = ['a', 'b', 'c'].map((name) => new PageOwner(heap, pool.register({ name, canSpill: true })))
  const [a, b, c] = owners as [PageOwner, PageOwner, PageOwner]
  const reservations = owners.map(({ reservation }) => reservation)
  const bound = new CommonBound(reservations, {
    mostBytes: 10 * PAGE_BYTES,
    leastBytes: 2 * PAGE_BYTES,
    leftBytes: 0,
  })
  for (const owner of owners) owner.common = bound
  expect(a.tryAllocate(7 * PAGE_BYTES)).toBe(0)
  const pages = a.allocate(6 * PAGE_BYTES)
  expect(b.tryAllocate(3 * PAGE_BYTES)).toBe(0)
  expect(b.tryAllocate(2 * PAGE_BYTES)).not.toBe(0)
  expect(c.tryAllocate(2 * PAGE_BYTES)).not.toBe(0)
  expect(b.tryAllocate(PAGE_BYTES)).toBe(0)
  a.free(pages, 6 * PAGE_BYTES)
  expect(b.tryAllocate(4 * PAGE_BYTES)).not.toBe(0)
  for (const owner of owners) {
    owner.freeAll()
    owner.reservation.free()
  }
})
