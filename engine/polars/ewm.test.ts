import pl from 'nodejs-polars'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { types } from '../arrow/types.ts'
import { openLakebook, type Lakebook } from '../node.ts'
import { cellsOf } from '../testing/arrow-cells.ts'
import { evaluatePlan } from '../testing/reference.ts'
import { RowTable, TestCatalog } from '../testing/row-table.ts'
import { bindPolarsCell } from './bind.ts'

const VALUES = [null, 0.5, 2, null, 1.5, -1, null, null, 7, 7, 2]

let lake: Lakebook

beforeAll(async () => {
  lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  const items = VALUES.map((value) => (value === null ? 'None' : String(value)))
  await lake.polars(`t = pl.DataFrame({"y": [${items.join(', ')}]})\nt`)
})
afterAll(() => lake.close())

async function ours(expression: string): Promise<(number | null)[]> {
  const { table } = await lake.polars(`t.select(${expression})`)
  return cellsOf(table).map(([value]) => (value === null ? null : Number(value)))
}

function expectNear(found: readonly unknown[], wanted: readonly unknown[]): void {
  const rounded = (values: readonly unknown[]) =>
    values.map((value) => (value === null ? null : Number(Number(value).toPrecision(10))))
  expect(rounded(found)).toEqual(rounded(wanted))
}

type Options = readonly [alpha: number, adjust: boolean, least: number, bias: boolean, ignoreNulls: boolean]

interface Judged {
  ewmMean(...options: Options): pl.Expr
  ewmStd(...options: Options): pl.Expr
  ewmVar(...options: Options): pl.Expr
}

describe('exponentially weighted functions', () => {
  const judged = pl.col('y') as unknown as Judged
  const frame = pl.DataFrame({ y: pl.Series('y', VALUES as never, pl.Float64) })
  const catalog = new TestCatalog().add(
    't',
    new RowTable(
      [{ name: 'y', type: types.float64, nullable: true }],
      VALUES.map((value) => [value]),
    ),
  )
  const options: Options[] = [true, false].flatMap((adjust) =>
    [true, false].flatMap((bias) => [1, 3].map((least): Options => [0.3, adjust, least, bias, true])),
  )

  it.each(options)('are Polars’s with alpha %d, adjust %s, min_samples %i, bias %s', async (...given) => {
    const [alpha, adjust, least, bias] = given
    const flag = (value: boolean) => (value ? 'True' : 'False')
    const shared = `alpha=${alpha}, adjust=${flag(adjust)}, min_samples=${least}, ignore_nulls=True`
    for (const name of ['ewmMean', 'ewmStd', 'ewmVar'] as const) {
      const more = name === 'ewmMean' ? '' : `, bias=${flag(bias)}`
      const text = `pl.col("y").${name.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`)}(${shared}${more})`
      const wanted = frame
        .select(judged[name](...given))
        .rows()
        .map((row: unknown[]) => row[0] ?? null)
      // one value alone has no spread: the judge still says 0
      if (name !== 'ewmMean' && !bias && least === 1)
        wanted[wanted.findIndex((value: unknown) => value !== null)] = null
      expectNear(await ours(text), wanted)
    }
  })

  it.each([
    'pl.col("y").ewm_mean(com=2)',
    'pl.col("y").ewm_mean(half_life=1.5, adjust=False)',
    'pl.col("y").ewm_std(span=4)',
    'pl.col("y").ewm_var(span=4, adjust=False)',
  ])('%s counts nulls as rows, as weights worked out one by one say', async (text) => {
    const { rows } = evaluatePlan(bindPolarsCell(`t.select(${text})`, catalog).result!)
    expectNear(
      await ours(text),
      rows.map(([value]) => value),
    )
  })

  // the docs of Polars give these
  it('ewm_mean_by weighs by the time that passed', async () => {
    const cell = `pl.DataFrame({"v": [0, 1, 2, None, 4], "t": [date(2020, 1, d) for d in (1, 3, 10, 15, 17)]}).select(
      pl.col("v").ewm_mean_by("t", half_life="4d"))`
    const { table } = await lake.polars(cell)
    expect(
      cellsOf(table).map(([value]) => (value === null ? null : Number(Number(value).toFixed(6)))),
    ).toEqual([0, 0.292893, 1.492474, null, 3.254508])
  })

  it.each(['pl.col("y").ewm_mean()', 'pl.col("y").ewm_mean(com=1, span=2)', 'pl.col("y").ewm_mean(alpha=0)'])(
    'refuse %s',
    async (text) => {
      await expect(lake.polars(`t.select(${text})`)).rejects.toMatchObject({ code: 'invalid_argument' })
    },
  )
})
