import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodePlatform } from '../../engine/node-platform.ts'
import { accessOf } from '../../engine/session-access.ts'
import { Session } from '../../engine/session.ts'
import { UNKNOWN_ACCESS } from '../../engine/access-order.ts'
import { CellQueue } from './cell-queue.ts'

let session: Session
beforeAll(async () => {
  session = await Session.open(nodePlatform, {
    heapBudgetBytes: 32 * 2 ** 20,
    memoryPool: 'fair',
    threads: 1,
  })
})
afterAll(() => session.close())

/** Cells by their texts; those that begin with `#` are Polars, `(panel)` is one of a demo. */
function queueOf(texts: readonly string[], most = 9): CellQueue {
  const queue = new CellQueue(most)
  for (const [index, text] of texts.entries()) {
    const isPolars = text.startsWith('#')
    const access = text === '(panel)' ? UNKNOWN_ACCESS : accessOf(session, isPolars ? 'polars' : 'sql', text)
    queue.add(String(index + 1), access)
  }
  return queue
}

/** Who may begin now. */
function begun(queue: CellQueue): string {
  const ids: string[] = []
  for (let id = queue.begin(); id !== null; id = queue.begin()) ids.push(id)
  return ids.join(' ')
}

/** The cells that run together, wave by wave, when each wave ends as a whole. */
function wavesOf(texts: readonly string[]): string {
  const queue = queueOf(texts)
  const waves: string[] = []
  for (let wave = begun(queue); wave !== ''; wave = begun(queue)) {
    waves.push(wave)
    for (const id of wave.split(' ')) queue.end(id)
  }
  expect(queue.isEmpty).toBe(true)
  return waves.join(' | ')
}

describe('cells run side by side', () => {
  test.each([
    ['queries', ['SELECT * FROM a', 'SELECT * FROM a', '#\nb.head()'], '1 2 3'],
    [
      'tables made of one',
      ['CREATE TABLE a AS SELECT 1 AS x', 'CREATE TABLE b AS FROM a', 'CREATE TABLE c AS FROM a'],
      '1 | 2 3',
    ],
    [
      'queries after a change',
      ['INSERT INTO a VALUES (1)', 'SELECT * FROM a', 'SELECT count(*) FROM a', 'SELECT * FROM b'],
      '1 4 | 2 3',
    ],
    [
      'frames of other names',
      ['#\nx = a.head()', '#\ny = a.tail()', 'SELECT * FROM x', 'SELECT * FROM y'],
      '1 2 | 3 4',
    ],
  ])('%s', (_, texts, waves) => {
    expect(wavesOf(texts)).toBe(waves)
  })
})

describe('cells keep their order', () => {
  test.each([
    ['a reader waits for its table', ['CREATE TABLE a AS SELECT 1 AS x', 'SELECT * FROM A'], '1 | 2'],
    [
      'a change waits for who reads before it',
      ['SELECT * FROM a', 'CREATE OR REPLACE TABLE a AS SELECT 2 AS x'],
      '1 | 2',
    ],
    ['two changes of one name', ['#\ndf = a.head()', '#\ndf = b.head()', 'SELECT * FROM df'], '1 | 2 | 3'],
    ['changes of rows', ['INSERT INTO a VALUES (1)', 'DELETE FROM b'], '1 | 2'],
    ['what follows a setting', ['SELECT 1', 'SET threads = 2', 'SELECT 2', 'SELECT 3'], '1 | 2 | 3 4'],
    ['a text that cannot be read', ['SELECT 1', 'SELEC', 'SELECT 2'], '1 | 2 | 3'],
    ['a panel of a demo', ['SELECT 1', '(panel)', 'SELECT 2'], '1 | 2 | 3'],
    [
      'a list of what there is',
      ['CREATE TABLE a AS SELECT 1 AS x', 'SHOW TABLES', 'CREATE TABLE b AS SELECT 1 AS x'],
      '1 | 2 | 3',
    ],
    ['a variable', ['SET VARIABLE v = 1', "SELECT getvariable('v')", 'SET VARIABLE v = 2'], '1 | 2 | 3'],
    ['a sequence', ['CREATE SEQUENCE s', "SELECT nextval('s')", "SELECT nextval('s')"], '1 | 2 | 3'],
  ])('%s', (_, texts, waves) => {
    expect(wavesOf(texts)).toBe(waves)
  })

  test('what stands behind a view that is yet to be made counts as read', () => {
    const texts = ['CREATE VIEW v AS SELECT * FROM a', 'SELECT * FROM v', 'INSERT INTO a VALUES (1)']
    expect(wavesOf(texts)).toBe('1 | 2 | 3')
    const chain = ['CREATE VIEW v AS FROM w', 'CREATE OR REPLACE VIEW w AS FROM a', 'FROM v', 'DELETE FROM a']
    expect(wavesOf(chain)).toBe('1 | 2 | 3 | 4')
  })

  test('what stands behind a frame that is yet to be made counts as read', () => {
    expect(wavesOf(['#\nf = a.head()', 'SELECT * FROM f', 'INSERT INTO a VALUES (1)'])).toBe('1 | 2 | 3')
  })

  test('numbers that a view takes are taken in order', () => {
    const texts = ["CREATE VIEW v AS SELECT nextval('s') AS n", 'SELECT * FROM v', 'SELECT n FROM v']
    expect(wavesOf(texts)).toBe('1 | 2 | 3')
  })
})

test('no more run at once than may', () => {
  const queue = queueOf(['SELECT 1', 'SELECT 2', 'SELECT 3'], 2)
  expect(begun(queue)).toBe('1 2')
  queue.end('2')
  expect(begun(queue)).toBe('3')
})

test('a cell that is added while others run begins at once where it depends on none', () => {
  const queue = queueOf(['CREATE TABLE a AS SELECT 1 AS x'])
  expect(begun(queue)).toBe('1')
  queue.add('2', accessOf(session, 'sql', 'SELECT * FROM b'))
  queue.add('3', accessOf(session, 'sql', 'SELECT * FROM a'))
  expect(begun(queue)).toBe('2')
  queue.end('1')
  expect(begun(queue)).toBe('3')
})

test('a failure ends those that build on it, and no others', () => {
  const queue = queueOf([
    'CREATE TABLE a AS SELECT 1 AS x',
    'CREATE TABLE b AS SELECT * FROM a',
    'SELECT * FROM b',
    'SELECT * FROM c',
    'SELECT * FROM d',
    'CREATE OR REPLACE TABLE d AS SELECT 1 AS x',
  ])
  expect(begun(queue)).toBe('1 4 5')
  expect(queue.fail('1')).toEqual(['2', '3'])
  // it only waited for its reader
  expect(queue.fail('5')).toEqual([])
  expect(begun(queue)).toBe('6')
  queue.end('4')
  queue.end('6')
  expect(queue.isEmpty).toBe(true)
})

test('where it is not known what failed, all that was to follow ends', () => {
  const queue = queueOf(['SELEC', 'SELECT 1', 'SELECT 2'])
  expect(begun(queue)).toBe('1')
  expect(queue.fail('1')).toEqual(['2', '3'])
  expect(queue.isEmpty).toBe(true)
})
