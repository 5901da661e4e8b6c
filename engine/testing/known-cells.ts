import type { Lakebook } from '../lakebook.ts'
import { openLakebook } from '../node.ts'
import { cellsOf } from './arrow-cells.ts'

const FRAMES = `
n = pl.DataFrame({"i": [3, None, -2, 7, 3], "j": [2, 0, None, 7, 1], "f": [1.5, float("nan"), None, -4.0, 9.25], "b": [True, None, False, True, True]})
s = pl.DataFrame({"s": ["say hello-2you", "", None, "łódź x1é", "a,b,,c"], "n": ["7", " 8", "-2.5", None, "0x1f"]})
d = pl.DataFrame({"d": [date(2024, 2, 29), None, date(1969, 12, 31)], "t": [datetime(2024, 2, 29, 22, 59, 59, 250000), datetime(1970, 1, 1), None]})
l = pl.DataFrame({"l": [[3, 1, None], [], None, [5]], "m": [[3, 9], [1], [2], None], "u": [1, 2, 3, 4]})
g = pl.DataFrame({"k": ["a", "b", "a", "c", "b", "a"], "x": [1, 5, 2, 4, None, 3], "y": [2.0, 1.0, None, 8.0, 4.0, 3.0]})
`

/** An engine with the small frames that Polars 1.44 was asked about. */
export async function openKnownFrames(): Promise<Lakebook> {
  const lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  await lake.polars(FRAMES)
  return lake
}

/** The rows of a cell; numbers of nine digits, those inside lists and structs too. */
export async function knownCells(lake: Lakebook, cell: string): Promise<unknown[][]> {
  return cellsOf((await lake.polars(cell)).table).map((row) => row.map(plain))
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'number')
    return Number.isFinite(value) ? Number(value.toPrecision(9)) + 0 : String(value)
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return value
  return value.replaceAll(/-?\d+\.\d+(?:e[+-]\d+)?/g, (one) => String(Number(Number(one).toPrecision(9))))
}
