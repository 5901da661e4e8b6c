import { tableFromArrays, type Table } from 'apache-arrow'
import { expect, test } from 'vitest'
import { PAGE_ROWS, PageCache } from './page-cache.ts'

function source() {
  const asked: number[] = []
  const waiting: (() => void)[] = []
  const fetchPage = (offset: number, limit: number) => {
    asked.push(offset)
    return new Promise<Table>((resolve) => {
      waiting.push(() =>
        resolve(tableFromArrays({ n: Int32Array.from({ length: limit }, (_, i) => offset + i) })),
      )
    })
  }
  async function settle() {
    while (waiting.length > 0) {
      waiting.shift()?.()
      await new Promise((resolve) => setTimeout(resolve))
    }
  }
  return { asked, fetchPage, settle }
}

test('a visible row is there after its page has come', async () => {
  const { fetchPage, settle } = source()
  const cache = new PageCache(fetchPage, 10_000)
  let changes = 0
  cache.subscribe(() => changes++)
  expect(cache.row(700)).toBeNull()
  cache.want(690, 720)
  await settle()
  const found = cache.row(700)
  expect(found?.page.getChild('n')?.get(found.index)).toBe(700)
  expect(changes).toBe(1)
})

test('the last page is asked for its own length', async () => {
  const { fetchPage, settle } = source()
  const cache = new PageCache(fetchPage, PAGE_ROWS + 3)
  cache.want(PAGE_ROWS, PAGE_ROWS + 100)
  await settle()
  expect(cache.row(PAGE_ROWS)?.page.numRows).toBe(3)
})

test('what was scrolled past is not fetched', async () => {
  const { asked, fetchPage, settle } = source()
  const cache = new PageCache(fetchPage, 1_000_000)
  for (let row = 0; row < 900_000; row += 10_000) cache.want(row, row + 30)
  await settle()
  expect(asked.length).toBeLessThan(5)
  expect(cache.row(890_000)).not.toBeNull()
})

test('pages long unseen are let go', async () => {
  const { fetchPage, settle } = source()
  const cache = new PageCache(fetchPage, 1_000_000)
  for (let page = 0; page < 40; page++) {
    cache.want(page * PAGE_ROWS, page * PAGE_ROWS + 1)
    await settle()
  }
  expect(cache.row(0)).toBeNull()
  expect(cache.row(39 * PAGE_ROWS)).not.toBeNull()
})

test('a failure is kept until a page comes', async () => {
  let fails = true
  const cache = new PageCache(
    () => (fails ? Promise.reject(new Error('gone')) : Promise.resolve(tableFromArrays({ n: [1] }))),
    10,
  )
  cache.want(0, 5)
  await new Promise((resolve) => setTimeout(resolve))
  expect(cache.error).toEqual(new Error('gone'))
  fails = false
  cache.want(0, 5)
  await new Promise((resolve) => setTimeout(resolve))
  expect(cache.error).toBeNull()
})
