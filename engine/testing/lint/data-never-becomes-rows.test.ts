import { ESLint } from 'eslint'
import { expect, test, vi } from 'vitest'

// the first lint reads the types of the whole project
vi.setConfig({ testTimeout: 120_000 })

const eslint = new ESLint()

async function messagesOf(code: string): Promise<string[]> {
  // any engine file's path would do: it decides which rules apply
  const [result] = await eslint.lintText(code, { filePath: 'engine/errors.ts' })
  return result!.messages
    .filter(({ ruleId }) => ruleId === 'lakebook/data-never-becomes-rows')
    .map((m) => m.message)
}

test('the lint rule reports every way in which Arrow data becomes rows', async () => {
  const messages = await messagesOf(`
    import { Table, tableFromIPC, type Vector } from 'apache-arrow'
    export function rows(bytes: Uint8Array, vector: Vector): unknown[] {
      const table = tableFromIPC(bytes)
      const seen: unknown[] = [table.toArray(), vector.toJSON(), ...vector, Array.from(table)]
      for (const row of table) seen.push(row)
      for (let row = 0; row < table.numRows; row++) seen.push(table.getChild('a')?.get(row))
      return seen
    }`)
  expect(messages.map((message) => message.split(' ').slice(0, 2).join(' ')).sort()).toEqual([
    'get() in',
    'iterating an',
    'iterating an',
    'iterating an',
    'toArray() makes',
    'toJSON() makes',
  ])
})

test('maps, sets and plain arrays are nobody’s rows', async () => {
  const messages = await messagesOf(`
    export function total(sizes: Map<string, number>): number {
      let sum = 0
      for (const name of [...sizes.keys()]) sum += sizes.get(name) ?? 0
      return sum
    }`)
  expect(messages).toEqual([])
})
