import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Lakebook } from '../../lakebook.ts'
import { openLakebook } from '../../node.ts'
import { cellsOf } from '../../testing/arrow-cells.ts'
import { openDuckDbForSlt, type OpenSltEngine } from '../../testing/slt-engines.ts'

let lake: Lakebook
let duckdb: OpenSltEngine
let folder: string
let file: string
beforeAll(async () => {
  lake = await openLakebook({ heapBudgetBytes: 40 * 2 ** 20, threads: 1 })
  duckdb = await openDuckDbForSlt()
  folder = await mkdtemp(path.join(os.tmpdir(), 'lakebook-json-'))
  file = path.join(folder, 'x.json')
})
afterAll(async () => {
  await lake.close()
  await duckdb.close()
  await rm(folder, { recursive: true })
})

function texts(rows: readonly (readonly unknown[])[]): unknown {
  return rows.map((row) => row.map((cell) => (cell === null ? null : String(cell))))
}

describe('read_json finds what DuckDB finds', () => {
  test.each([
    '{"a":1,"b":"x"}\n{"a":2,"b":"y"}\n',
    '[{"a":1,"b":"x"},\n {"a":2,"b":"y"}]',
    '{"a":1}\n\n{"b":true}\n{"a":null,"b":false}',
    '{"a":1.5}\n{"a":2}\n',
    '{"a":-1e3}\n{"a":0}\n',
    '{"a":9223372036854775807}\n',
    '{"a":18446744073709551615}\n',
    '{"a":"2020-01-01"}\n{"a":null}\n',
    '{"a":"2020-01-01 10:00:00"}\n',
    '{"a":"2020-01-01"}\n{"a":"x"}\n',
    '{"a":"q\\"uo\\\\te \\u00e9\\n\\ud83d\\ude00"}\n',
    '{"a":""}\n{"a":"null"}\n',
    '{"a b":1,"ä":2}\n',
    '{\n  "a": 1,\n  "b": "x"\n}\n',
    '{"a":1}{"a":2} {"a":3}',
    '{"b":1,"a":2}\n{"a":3,"b":4}\n',
    '[]',
    '{"a":true}\n{"a":null}\n',
    '{"\\u0061":1}\n{"a":2}\n',
  ])('%j', async (text) => {
    await writeFile(file, text)
    await lake.registerFile('x', file)
    const described = cellsOf((await lake.sql("DESCRIBE SELECT * FROM read_json('x.json')")).table)
    const judgedTypes = await duckdb.run(`DESCRIBE SELECT * FROM read_json('${file}')`)
    if (text !== '[]')
      expect(described.map(([name, type]) => [name, type === 'DECIMAL(38,0)' ? 'HUGEINT' : type])).toEqual(
        judgedTypes.map((row) => row.slice(0, 2)),
      )
    if (text === '[]') return
    const ours = texts(cellsOf((await lake.sql("SELECT * FROM read_json('x.json')")).table))
    expect(ours).toEqual(texts(await duckdb.run(`SELECT * FROM read_json('${file}')`)))
  })

  test('nested values and mixed types are JSON', async () => {
    await writeFile(file, '{"n":{"k":[1,{"x":"}"}]},"l":[1,2],"m":1}\n{"n":null,"l":[],"m":"one"}\n')
    const info = await lake.registerFile('x', file)
    expect(info.notices).toContain('Kept as JSON: n, l, m.')
    expect(texts(cellsOf((await lake.sql("SELECT n->>'k', l, m FROM x")).table))).toEqual([
      ['[1,{"x":"}"}]', '[1,2]', '1'],
      [null, '[]', '"one"'],
    ])
  })
})

describe('what is no JSON', () => {
  const text = [
    '{"a":1,"b":"x"}',
    '{"a":2,"b":"y"',
    '{"a":3,"b":"z"} trailing',
    'nothing',
    '{"a":01,"b":"w"}',
    '{"a":"four","b":"v"}',
    '{"a":5,"b":"u","a":6}',
    '{"a":7,"b":"t"}',
  ].join('\n')

  test('is left out with its line and reason when the file is added', async () => {
    await writeFile(file, text)
    const { rowCount } = await lake.registerFile('x', file)
    expect(texts(cellsOf((await lake.sql('SELECT a, b FROM x ORDER BY b')).table))).toEqual(
      [
        ['7', 't'],
        ['four', 'v'],
        ['1', 'x'],
      ].map(([a, b]) => [a === 'four' ? '"four"' : a, b]),
    )
    expect(rowCount).toBe(3)
    expect(texts(cellsOf((await lake.sql('SELECT line, reason FROM x_rejects')).table))).toEqual([
      ['2', 'not JSON'],
      ['3', 'not JSON'],
      ['4', 'not a JSON object'],
      ['5', 'not JSON'],
      ['7', 'a key is there twice'],
    ])
  })

  test('is an error of read_json, with its line', async () => {
    await expect(lake.sql("SELECT * FROM read_json('x.json')")).rejects.toMatchObject({
      code: 'corrupt_file',
      message: expect.stringMatching(/^x\.json, line 2/) as string,
    })
  })

  test('a key that the sample lacks is no value that is lost', async () => {
    const lines = Array.from({ length: 30_000 }, (_, row) =>
      JSON.stringify({ a: row, ...(row === 29_000 ? { late: 1 } : {}) }),
    )
    await writeFile(file, lines.join('\n') + ' '.repeat(3 * 2 ** 20))
    await lake.registerFile('x', file)
    expect(texts(cellsOf((await lake.sql('SELECT count(*), max(late), count(late) FROM x')).table))).toEqual([
      ['30000', '1', '1'],
    ])
  })
})
