import { expect, test } from 'vitest'
import { editDistance, nearestName } from './nearest-name.ts'

test('counts insertions, deletions, substitutions and swaps of neighbours', () => {
  expect(editDistance('orders', 'orders')).toBe(0)
  expect(editDistance('orders', 'oders')).toBe(1)
  expect(editDistance('orders', 'ordrrs')).toBe(1)
  expect(editDistance('orders', 'odrers')).toBe(1)
  expect(editDistance('', 'abc')).toBe(3)
})

test('finds what was probably meant, and nothing when nothing is like it', () => {
  const names = ['lineitem', 'orders', 'L_SHIPDATE']
  expect(nearestName('lineitme', names)).toBe('lineitem')
  expect(nearestName('l_shipdat', names)).toBe('L_SHIPDATE')
  expect(nearestName('customers', names)).toBeNull()
  expect(nearestName('ab', ['cd', 'abcd'])).toBeNull()
})

test('takes a part for the whole, unless a slip of the pen is nearer', () => {
  expect(nearestName('shipdate', ['l_shipdate', 'l_tax'])).toBe('l_shipdate')
  expect(nearestName('orders_2024', ['orders', 'or'])).toBe('orders')
  expect(nearestName('distances', ['tan'])).toBeNull()
  expect(nearestName('order', ['reorder', 'orders'])).toBe('orders')
})
