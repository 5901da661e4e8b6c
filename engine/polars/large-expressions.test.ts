import pl from 'nodejs-polars'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { LakebookError } from '../errors.ts'
import { openLakebook, type Lakebook } from '../node.ts'
import { plainCells } from '../testing/arrow-cells.ts'

const F = Array.from({ length: 200 }, (_, i) => (i % 17 === 0 ? null : ((i * 37) % 101) / 7 - 6))

let lake: Lakebook

beforeAll(async () => {
  lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  await lake.polars(`t = pl.DataFrame({"f": [${F.map((item) => item ?? 'None').join(', ')}]})\nt`)
})
afterAll(() => lake.close())

async function run(cell: string): Promise<unknown[]> {
  return plainCells((await lake.polars(cell)).table).map(([value]) => value)
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

it('a chain of methods that repeat their operand is as long as one likes', async () => {
  const steps = times(24, (k) => [-5 + k / 10, 6 - k / 20] as const)
  const cell = steps.map(([low, high]) => `.clip(${low}, ${high}).round(2)`).join('')
  let judge = pl.col('f')
  for (const [low, high] of steps) judge = judge.clip(low, high).round(2)
  const wanted = pl
    .DataFrame({ f: pl.Series('f', F, pl.Float64) })
    .select(judge)
    .toRecords()
    .map(({ f }) => f as number | null)
  const given = await run(`t.select(pl.col("f")${cell})`)
  const digits = (values: readonly unknown[]) =>
    values.map((value) => (typeof value === 'number' ? value.toFixed(6) : value))
  expect(digits(given)).toEqual(digits(wanted))
  expect(await run(`t.filter(pl.col("f")${cell} > 0).select(pl.len())`)).toEqual([
    wanted.filter((value) => value !== null && value > 0).length,
  ])
  const half = '.clip(-1, 1).shift(1)'.repeat(20)
  expect(await run(`t.select(pl.col("f")${half}.count())`)).toEqual(
    await run('t.select(pl.col("f").head(180).count())'),
  )
})

it.each([
  ['hundreds, whatever the call stack holds', `t.select(pl.col("f")${'.clip(1, 5)'.repeat(600)})`],
  ['thousands, which the syntax tree does not hold', `t.select(pl.col("f")${'.abs()'.repeat(1500)})`],
  ['of one value for all rows', `t.select(pl.col("f").sum()${'.clip(1, 5)'.repeat(600)})`],
  ['of items of lists', `t.select(pl.concat_list("f").list.eval(pl.element()${'.clip(1, 5)'.repeat(30)}))`],
  ['of differences', `t.select(pl.col("f")${'.diff()'.repeat(60)})`],
  [
    'of items by a name',
    `e = pl.element()\n${'e = e * e\n'.repeat(21)}t.select(pl.concat_list("f").list.eval(e))`,
  ],
  [
    'of pivoted values by a name',
    `e = pl.element()\n${'e = e * e\n'.repeat(60)}t.pivot("f", on_columns=[1.0], values="f", index="f", aggregate_function=e)`,
  ],
  ['a list that doubles', 'a = [1]\nfor i in range(60):\n    a = a + a\npl.DataFrame({"a": a})'],
  ['a list extended by itself', 'a = [1]\nfor i in range(60):\n    a.extend(a)\npl.DataFrame({"a": a})'],
  ['a text that doubles', 's = "ab"\nfor i in range(60):\n    s = s + s\nt.select(pl.lit(s))'],
  ['a number that grows', 'x = 3\nfor i in range(60):\n    x = x * x\nt.select(pl.lit(x))'],
  ['a power', 't.select(pl.lit(9 ** 9 ** 9))'],
  ['a comprehension', 't.select([pl.lit(i) for i in range(9999) for j in range(9999)])'],
  ['a function that calls itself', 'def f(n):\n    return f(n)\nt.select(f(1))'],
  ['by a name', `e = pl.col("f")\n${'e = e * e\n'.repeat(60)}t.select(e)`],
])('or refused: %s', async (_, cell) => {
  const outcome = await lake.polars(cell).then(
    () => null,
    (error: unknown) => error,
  )
  if (outcome !== null) expect(outcome).toBeInstanceOf(LakebookError)
  expect(await run('t.select(pl.len())')).toEqual([200])
})
