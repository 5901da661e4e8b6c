import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Lakebook } from '../../lakebook.ts'
import { openLakebook } from '../../node.ts'
import { cellsOf } from '../../testing/arrow-cells.ts'
import { openDuckDbForSlt, type OpenSltEngine } from '../../testing/slt-engines.ts'

/** What read_csv makes of a text, by Lakebook and by native DuckDB: names, types and values. */
let lake: Lakebook
let duckdb: OpenSltEngine
let folder: string
let file: string
beforeAll(async () => {
  lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  duckdb = await openDuckDbForSlt()
  folder = await mkdtemp(path.join(os.tmpdir(), 'lakebook-csv-'))
  file = path.join(folder, 'x.csv')
})
afterAll(async () => {
  await lake.close()
  await duckdb.close()
  await rm(folder, { recursive: true })
})

async function both(text: string | Uint8Array, options = ''): Promise<{ ours: unknown; theirs: unknown }> {
  await writeFile(file, text)
  await lake.registerFile('x', file)
  const ours = []
  const theirs = []
  for (const query of [
    'SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM x)',
    'SELECT * FROM x',
  ]) {
    const sql = (name: string): string => query.replace('FROM x', `FROM read_csv('${name}'${options})`)
    const plain = query.startsWith('SELECT column_name')
      ? (name: string) => `DESCRIBE SELECT * FROM read_csv('${name}'${options})`
      : sql
    const mine = cellsOf((await lake.sql(plain('x.csv'))).table)
    const judged = await duckdb.run(plain(file))
    ours.push(query.startsWith('SELECT column_name') ? mine.map((row) => row.slice(0, 2)) : mine)
    theirs.push(query.startsWith('SELECT column_name') ? judged.map((row) => row.slice(0, 2)) : judged)
  }
  return { ours: plainCells(ours), theirs: plainCells(theirs) }
}

/** Numbers and texts alike, timestamps without trailing zeros. */
function plainCells(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainCells)
  return value === null ? null : String(value)
}

describe('read_csv finds what DuckDB finds', () => {
  test.each([
    'a,b\n1,2\n3,4\n',
    '1,2\n3,4\n',
    'x,y\nfoo,bar\n',
    'foo,bar\n',
    'a\n',
    '',
    'a,b\n"",x\n,y\n',
    'a,b\n"",1\n,2\n""""," 3"\n',
    'a\n1\n\n2\n',
    'a,b\n1,2\n\n3,4\n',
    'a,b\n1,2\n3,4,\n',
    'a,b,c\n1,2,3,\n4,5,6,\n',
    'a,b\n1,tRue\n3,f\n',
    'a,b\n1,yes\n3,no\n',
    'a\n1\n0\n',
    'a\ny\nn\n',
    'a\n007\n012\n',
    'a\n1.5\n2\n',
    'a\n1e5\n2\n',
    'a\n+1\n2\n',
    'a\n 1\n2 \n',
    'a\ninf\nnan\n',
    'a\n9223372036854775808\n',
    'a\n-9223372036854775808\n',
    'a\n1.\n.5\n-.5\n',
    'a\n0x10\n',
    'a\n1_000\n',
    'a\n-\n',
    'a\n2020-01-01\n',
    'a\n2020-1-2\n',
    'a\n2020/01/02\n',
    'a\n2020.01.02\n',
    'a\n2020-02-30\n',
    'a\n10:00\n',
    'a\n10:00:00.5\n',
    'a\n5 days\n',
    'a\n2020-01-01\n2020-01-01 10:00:00\n',
    '\ufeffa,b\r\n1,2\r\n',
    'a,b\r\n1,2\r\n\r\n3,4',
    'a,b\r1,2\r',
    'a,b\n1,2',
    'a|b\n1|2\n',
    'a;b\n1,5;2\n',
    'a\tb\n1\tx y\n',
    "a,b\n'x,y',2\n",
    'a,b\n"x,y",2\n"q""q",3\n',
    'a,b\n"x\\"y",2\n"q",3\n',
    'a,b\n"x\ny",2\n"q",3\n',
    'a;b;c\n"x;1";2;3\n',
    'a,a,b,,A\n1,2,3,4,5\n',
    '"a b","c"\n1,2\n',
    'a, b ,c\n1,2,3\n',
    'a,b\nNULL,2\nx,3\n',
    'a,b\n,\n1,\n',
    'a,b\n1,"x"y\n',
    'a,b\n1,"x" \n',
    'a,b\n1, "x"\n',
    'a,b\n1,x"y"\n',
    'a,b\n1,"xyz\n',
    '# note\n# more\na,b\n1,2\n',
    'title\n\na,b\n1,2\n3,4\n',
    '1,2,3,4,5,6,7,8,9,10,11\n',
    'name,score\nx,1\ny,n/a\n',
    'id,d\n1,20200101\n',
    'a\nabc\n1\n',
    'a,b\nabc,def\n1,2\n',
    'a||b\n1||2\n',
    'only\nx\ny\n',
    'é,ß\nüber,1\n',
  ])('%j', async (text) => {
    const { ours, theirs } = await both(text)
    expect(ours).toEqual(theirs)
  })

  test.each([
    ['a;b\n1;2\n', "delim = ';'"],
    ['a,b\n1,2\n', 'header = false'],
    ['1,2\n3,4\n', 'header = true'],
    ['x\ny\na,b\n1,2\n', 'skip = 2'],
    ['a,b\n1,NA\nNA,2\n', "nullstr = 'NA'"],
    ['a,b\n1,NA\n-,2\n', "nullstr = ['NA', '-']"],
    ['a,b\n1,2\n3,x\n', 'all_varchar = true'],
    ['a,b\n1,2\n3,4\n', "types = {'a': 'VARCHAR', 'b': 'DOUBLE'}"],
    ['a,b\n1,2\n3,4\n', "types = ['VARCHAR', 'DECIMAL(10,2)']"],
    ['a,b\n1,2\n3,4\n', "columns = {'x': 'INTEGER', 'y': 'SMALLINT'}, header = true"],
    ['1,2\n3,4\n', "names = ['p', 'q']"],
    ['a\n31.12.2020\n01.02.2021\n', "dateformat = '%d.%m.%Y'"],
    ['a,b\n1,2\n3\n', 'null_padding = true'],
    ['a,b\n1,2\n3\n4,5\n', 'ignore_errors = true'],
    ["a,b\n'x',2\n", "quote = ''''"],
    ['a,b\n"x",2\n', "quote = ''"],
    ['a,b\n"x\\"y",2\n', "quote = '\"', escape = '\\'"],
    ['a,b\n#c\n1,2\n', "comment = '#'"],
    ['First Name,b-c\nx,2\n', 'normalize_names = true'],
    ['a\n300\n', "types = {'a': 'TINYINT'}, ignore_errors = true"],
    ['a\n1.5\n2.25\n', "types = {'a': 'DECIMAL(5,1)'}"],
  ])('%j with %s', async (text, options) => {
    const { ours, theirs } = await both(text, `, ${options}`)
    expect(ours).toEqual(theirs)
  })

  test.each([
    ['a\n01/02/2020\n', 'DATE', '2020-02-01'],
    ['a\n02/13/2020\n', 'DATE', '2020-02-13'],
    ['a\n01/02/03\n', 'DATE', '2001-02-03'],
    ['a\n2020-01-01T10:00:00\n', 'TIMESTAMP', '2020-01-01 10:00:00'],
    ['a\n01/02/2020 10:00:00\n', 'TIMESTAMP', '2020-02-01 10:00:00'],
    ['a\n01/02/2020 10:00:00 PM\n', 'TIMESTAMP', '2020-01-02 22:00:00'],
    ['a\n2020-01-01 10:00:00+02\n', 'TIMESTAMP WITH TIME ZONE', '2020-01-01 08:00:00+00'],
  ])('%j is %s %s', async (text, type, value) => {
    await writeFile(file, text)
    await lake.registerFile('x', file)
    const described = cellsOf((await lake.sql("DESCRIBE SELECT * FROM read_csv('x.csv')")).table)
    expect(described[0]![1]).toBe(type)
    const same = await lake.sql(`SELECT a = CAST('${value}' AS ${type}) FROM read_csv('x.csv')`)
    expect(cellsOf(same.table)).toEqual([[true]])
    expect(await duckdb.run(`SELECT a = CAST('${value}' AS ${type}) FROM read_csv('${file}')`)).toEqual([
      [true],
    ])
  })
})

describe('what cannot be read', () => {
  const bad: readonly (readonly [string, string | Uint8Array, string])[] = [
    ['too few columns', 'a,b\n1,2\n3\n4,5\n', 'x.csv, line 3: 1 columns where there should be 2 in: 3'],
    [
      'too many columns',
      'a,b\n1,2\n3,4,5\n6,7\n',
      'x.csv, line 3: 3 columns where there should be 2 in: 3,4,5',
    ],
    [
      'bytes that are not UTF-8',
      Buffer.from('a,b\nx,1\ncaf\xe9,2\n', 'latin1'),
      'x.csv, line 3, column "a": not UTF-8 in: caf\ufffd,2',
    ],
  ]
  test.each(bad)('%s: an error names file, line and column', async (_, text, message) => {
    await writeFile(file, text)
    await lake.registerFile('x', file)
    await expect(lake.sql("SELECT * FROM read_csv('x.csv')")).rejects.toMatchObject({
      code: 'corrupt_file',
      message,
    })
  })

  test('values that do not fit after the sample are left out when the file is added, and are errors for read_csv', async () => {
    const rows = Array.from({ length: 30_000 }, (_, row) => (row === 25_000 ? 'oops,1' : `${row},${row * 2}`))
    await writeFile(file, ['id,v', ...rows].join('\n'))
    const info = await lake.registerFile('x', file)
    expect(info.rowCount).toBe(29_999)
    expect(info.notices?.[0]).toBe(
      "Guessed: delimiter ',', quote '\"', a header; columns id BIGINT, v BIGINT.",
    )
    expect(info.notices?.at(-1)).toBe('x.csv: 1 record left out that cannot be read.')
    expect(cellsOf((await lake.sql('SELECT count(*), sum(id), sum(v) FROM x')).table)).toEqual([
      [29_999n, 449_960_000n, 899_920_000n]
        .map(String)
        .map((text) => expect.toSatisfy((cell) => String(cell) === text)),
    ])
    expect(cellsOf((await lake.sql('SELECT * FROM x_rejects')).table)).toEqual([
      [
        'x.csv',
        expect.toSatisfy((line) => Number(line) === 25_002),
        1,
        'id',
        'value does not fit the type',
        'oops,1',
      ],
    ])
    await expect(lake.sql("SELECT * FROM read_csv('x.csv')")).rejects.toMatchObject({
      message: 'x.csv, line 25002, column "id": the value is no BIGINT in: oops,1',
    })
  })

  test('UTF-16 is refused', async () => {
    await writeFile(file, Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'))
    await expect(lake.registerFile('x', file)).rejects.toMatchObject({
      message: 'x.csv is UTF-16, not UTF-8',
    })
  })

  test('an option that there is not is named, with the nearest', async () => {
    await writeFile(file, 'a\n1\n')
    await lake.registerFile('x', file)
    await expect(lake.sql("SELECT * FROM read_csv('x.csv', ignore_error = true)")).rejects.toMatchObject({
      code: 'invalid_argument',
      hint: 'Did you mean ignore_errors?',
    })
  })
})
