import pl from 'nodejs-polars'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openLakebook, type Lakebook } from '../node.ts'
import { cellsOf, listText } from '../testing/arrow-cells.ts'

let lake: Lakebook

beforeAll(async () => {
  lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
})
afterAll(() => lake.close())

async function rows(cell: string): Promise<string> {
  const { table } = await lake.polars(cell)
  return asJson([table.schema.fields.map(({ name }) => name), ...cellsOf(table)])
}

const asJson = (value: unknown) =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? Number(each) : each))

it.each<[string, Record<string, readonly unknown[]>]>([
  [
    '{"l": [[1, 2], [], None, [3]], "k": ["a", "b", "c", "d"]}',
    { l: [[1, 2], [], null, [3]], k: ['a', 'b', 'c', 'd'] },
  ],
  ['{"l": [["x", "it\'s \\"q\\""], ["ü\\n"]]}', { l: [['x', 'it\'s "q"'], ['ü\n']] }],
  [
    '{"l": [[0.5, 1e300], [-2.0, None]]}',
    {
      l: [
        [0.5, 1e300],
        [-2, null],
      ],
    },
  ],
  ['{"l": [[], [None]], "i": [1, 2]}', { l: [[], [null]], i: [1, 2] }],
  ['{"l": [[True, None], [False]]}', { l: [[true, null], [false]] }],
])('lists written out: %s', async (written, data) => {
  const judge = pl.DataFrame(data)
  const wanted = judge.rows().map((row) => (row as unknown[]).map(listText))
  expect(await rows(`pl.DataFrame(${written})`)).toBe(asJson([judge.columns, ...wanted]))
})

it.each<[string, unknown]>([
  ['pl.DataFrame({"l": [[1, 2.5], [3]]}).select(pl.col("l").list.sum())', [['l'], [3.5], [3]]],
  [
    'pl.DataFrame({"s": [{"a": 1, "b": "x"}, {"a": None, "b": "y"}, None]}).unnest("s")',
    [
      ['a', 'b'],
      [1, 'x'],
      [null, 'y'],
      [null, null],
    ],
  ],
  [
    'pl.DataFrame([{"id": 1, "tags": ["a"]}, {"id": 2, "at": date(2024, 1, 2)}]).select("id", pl.col("tags").list.len(), pl.col("at").dt.year())',
    [
      ['id', 'tags', 'at'],
      [1, 1, null],
      [2, null, 2024],
    ],
  ],
  [
    'pl.DataFrame({"s": [{"d": [date(2024, 1, 2)], "t": datetime(2024, 1, 2, 3)}]}).select(pl.col("s").struct.field("d").list.first().dt.day(), pl.col("s").struct.field("t").dt.hour())',
    [
      ['d', 't'],
      [2, 3],
    ],
  ],
  [
    'pl.Series("x", [[9007199254740993], []]).select(pl.col("x").list.first() - 9007199254740990)',
    [['x'], [3], [null]],
  ],
  [
    'pl.DataFrame({"l": [[1, 2], [4]]}).select(a=pl.col("l").list.eval(pl.element() + 1), b=pl.col("l").list.diff(), c=pl.col("l").list.std(ddof=0), d=pl.col("l").list.filter(pl.element() > 1), e=pl.col("l").list.drop_nulls())',
    [
      ['a', 'b', 'c', 'd', 'e'],
      ['[2, 3]', '[NULL, 1]', 0.5, '[2]', '[1, 2]'],
      ['[5]', '[NULL]', 0, '[4]', '[4]'],
    ],
  ],
  [
    'pl.DataFrame({"l": [[True, None], [False]]}).select(a=pl.col("l").list.any(), b=pl.col("l").list.all())',
    [
      ['a', 'b'],
      [true, true],
      [false, false],
    ],
  ],
  [
    'pl.DataFrame([{"id": 1, "tags": [], "s": {"a": None}}])',
    [
      ['id', 'tags', 's'],
      [1, '[]', "{'a': NULL}"],
    ],
  ],
  [
    'pl.DataFrame([{"a": 1, "a": 2, "s": {"b": 1, "b": 2}}, {**{"a": 3}, "a": 4}])',
    [
      ['a', 's'],
      [2, "{'b': 2}"],
      [4, null],
    ],
  ],
  [
    'pl.DataFrame([[1], [2]], schema_overrides={"column_1": pl.Float64}).select(pl.all() / 4)',
    [
      ['column_0', 'column_1'],
      [0.25, 0.5],
    ],
  ],
  ['pl.DataFrame({"l": [[[1], [2, 3]], [[]]]})', [['l'], ['[[1], [2, 3]]'], ['[[]]']]],
  ['pl.DataFrame([1, 2])', [['column_0'], [1], [2]]],
  [
    'pl.DataFrame([[1, 2], [3, 4]])',
    [
      ['column_0', 'column_1'],
      [1, 3],
      [2, 4],
    ],
  ],
  [
    'pl.DataFrame([[1, 2], [3, 4]], schema=["a", "b"], orient="row")',
    [
      ['a', 'b'],
      [1, 2],
      [3, 4],
    ],
  ],
  [
    'pl.DataFrame([(1, "x")], schema={"a": pl.Int8, "b": pl.String})',
    [
      ['a', 'b'],
      [1, 'x'],
    ],
  ],
  [
    'pl.DataFrame({"l": [[1], [2]]}, schema={"l": pl.List(pl.Float64)}).select(pl.col("l").list.first() / 4)',
    [['l'], [0.25], [0.5]],
  ],
])('%s', async (cell, wanted) => {
  expect(await rows(cell)).toBe(asJson(wanted))
})

it.each([
  ['pl.DataFrame({"l": [[1, "x"]]})', 'type'],
  ['pl.DataFrame({"l": [[1], 2]})', 'type'],
  ['pl.DataFrame({"l": [[float("inf")]]})', 'unsupported'],
  ['pl.DataFrame({"l": [pl.col("x")]})', 'unsupported'],
  ['pl.DataFrame([[1, 2], [3]])', 'invalid_argument'],
  ['pl.DataFrame([[1, 2], [3, 4]], schema=["a"])', 'invalid_argument'],
  ['pl.DataFrame([1, 2], schema=["a", "b"])', 'invalid_argument'],
])('refused: %s', async (cell, code) => {
  await expect(lake.polars(cell)).rejects.toMatchObject({ code })
})

it.each<[string, unknown]>([
  [
    's.select(pl.col("s").struct.field("b"), pl.col("s").struct.field("a") + 1)',
    [
      ['b', 'a'],
      ['x', 2],
      ['y', 3],
    ],
  ],
  [
    's.select("k", pl.col("s").struct.unnest())',
    [
      ['k', 'a', 'b'],
      [7, 1, 'x'],
      [8, 2, 'y'],
    ],
  ],
  [
    's.select(x=pl.sum_horizontal(pl.col("s").struct.field("a"), "k"), y=pl.concat_list(pl.col("s").struct.field("a", "b").cast(pl.String)), z=pl.coalesce(pl.col("s").struct.field("b", "b")), w=pl.struct(pl.col("s").struct.field("*")))',
    [
      ['x', 'y', 'z', 'w'],
      [8, '[1, x]', 'x', "{'a': 1, 'b': x}"],
      [10, '[2, y]', 'y', "{'a': 2, 'b': y}"],
    ],
  ],
  ['s.select(pl.col("s").struct.field("*")).columns[1] == "b"', [['literal'], [true]]],
  [
    's.select(pl.col("s").struct.field("b", "a").cast(pl.String).str.len_chars())',
    [
      ['b', 'a'],
      [1, 1],
      [1, 1],
    ],
  ],
  [
    's.select(pl.struct(z="k").struct.field("^z.*$").sum(), y="k").head(1)',
    [
      ['z', 'y'],
      [15, 7],
    ],
  ],
  ['s.filter(pl.col("s").struct.field("a") > 1).select("k")', [['k'], [8]]],
  [
    's.group_by("k", maintain_order=True).agg(pl.col("s").struct.field("a").max()).head(1)',
    [
      ['k', 'a'],
      [7, 1],
    ],
  ],
])('fields of a struct: %s', async (cell, wanted) => {
  const setup = 's = pl.DataFrame({"k": [7, 8], "s": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]})\n'
  expect(await rows(setup + cell)).toBe(asJson(wanted))
})
