import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLakebook, type Lakebook } from '../node.ts'
import { plainCells } from '../testing/arrow-cells.ts'

let lake: Lakebook

beforeAll(async () => {
  lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  await lake.polars('t = pl.DataFrame({"k": ["a", "b", "a"], "x": [3, 1, None], "y": [1, 2, 3]})\nt')
})
afterAll(() => lake.close())

async function run(cell: string): Promise<unknown[][]> {
  const { table } = await lake.polars(cell)
  return [table.schema.fields.map((field) => field.name), ...plainCells(table)]
}

describe('lambdas are worked out when the cell is read', () => {
  it.each([
    [
      't.pipe(lambda f: f.filter(pl.col("x") > 1))',
      [
        ['k', 'x', 'y'],
        ['a', 3, 1],
      ],
    ],
    [
      't.pipe(lambda f, n: f.head(n), n=1)',
      [
        ['k', 'x', 'y'],
        ['a', 3, 1],
      ],
    ],
    ['t.head(1).select(pl.col("x").pipe(lambda x, by: x * by, 2))', [['x'], [6]]],
    [
      't.head(1).rename(lambda name: f"{name}_1")',
      [
        ['k_1', 'x_1', 'y_1'],
        ['a', 3, 1],
      ],
    ],
    [
      't.head(1).select(pl.all().name.map(lambda name: name.upper()))',
      [
        ['K', 'X', 'Y'],
        ['a', 3, 1],
      ],
    ],
    ['double = lambda name: pl.col(name) * 2\nt.head(1).select(double("x"))', [['x'], [6]]],
    [
      't.select(pl.fold(0, lambda sum, x: sum + x, pl.col("y", "y", "y")).alias("s"))',
      [['s'], [3], [6], [9]],
    ],
    ['t.select(pl.reduce(lambda a, b: a - b, pl.exclude("k")))', [['x'], [2], [-1], [null]]],
  ])('%s', async (cell, wanted) => {
    expect(await run(cell)).toEqual(wanted)
  })

  it.each([
    ['t.select(pl.col("x").map_elements(lambda x: x * 2))', 'forbidden', /map_elements/],
    ['t.group_by("k").map_groups(lambda g: g)', 'forbidden', /map_groups/],
    ['t.pipe(lambda a, b: a)', 'type', /takes \(a, b\)/],
    ['t.rename(lambda name: 1)', 'type', /not a text/],
    ['t.select(lambda x: x)', 'type', /a lambda/],
  ])('refuses %s', async (cell, code, message) => {
    await expect(lake.polars(cell)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })
})

describe('columns of frames', () => {
  it.each([
    ['t["x"].sum()', [['x'], [4]]],
    [
      't["k"].value_counts(sort=True)',
      [
        ['k', 'count'],
        ['a', 2],
        ['b', 1],
      ],
    ],
    [
      't.filter(pl.col("x").is_in(t.filter(pl.col("k") == "b")["x"]))',
      [
        ['k', 'x', 'y'],
        ['b', 1, 2],
      ],
    ],
    ['t.select(pl.col("x").is_in(t["x"]))', [['x'], [true], [true], [null]]],
    ['t.select(~pl.col("y").is_in(t["x"]))', [['y'], [false], [true], [false]]],
    [
      't.filter(k="a", y=3)',
      [
        ['k', 'x', 'y'],
        ['a', null, 3],
      ],
    ],
    [
      't.head(1).select(cs.integer() ^ cs.by_name("x", "k"))',
      [
        ['k', 'y'],
        ['a', 1],
      ],
    ],
    ['pl.read_csv("t.csv", columns=["y"], n_rows=1)', [['y'], [1]]],
  ])('%s', async (cell, wanted) => {
    expect(await run(cell)).toEqual(wanted)
  })
})
