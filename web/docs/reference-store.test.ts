import { expect, test } from 'vitest'
import type { ReferenceEntry } from '../../workers/protocol.ts'
import { findEntries } from './reference-store.ts'

const entry = (name: string, summary: string, aliases: readonly string[] = []): ReferenceEntry => ({
  language: 'sql',
  group: 'text',
  name,
  aliases,
  signature: name,
  summary,
  example: `SELECT ${name}(1)`,
})

test('names come before descriptions, an exact name first, and aliases count', () => {
  const entries = [
    entry('left', 'The first characters; its length is given.'),
    entry('bit_length', 'The length in bits.'),
    entry('length', 'The number of characters.', ['len']),
  ]
  expect(findEntries(entries, 'length').map(({ name }) => name)).toEqual(['length', 'bit_length', 'left'])
  expect(findEntries(entries, 'LEN number').map(({ name }) => name)).toEqual(['length'])
  expect(findEntries(entries, ' ')).toHaveLength(3)
  expect(findEntries(entries, 'sum')).toEqual([])
})
