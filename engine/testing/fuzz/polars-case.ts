import { DataType } from 'apache-arrow'
import pl from 'nodejs-polars'
import { LakebookError } from '../../errors.ts'
import { cellsOf } from '../arrow-cells.ts'
import { cellText } from './cell-text.ts'
import type { Choices } from './choices.ts'
import { RandomExpressions } from './random-expression.ts'
import { randomColumns, randomRows, tableSql, type RandomColumn, type RandomTable } from './random-tables.ts'
import { differenceOfRows, type FuzzCase, type Outcome } from './sql-case.ts'
import type { FuzzWorld, LakeOptions } from './world.ts'

type Frames = ReadonlyMap<string, pl.DataFrame>

/** One step of a cell: its text after the frame, the same for the judge, and the columns that come out. */
interface Step {
  readonly py: string
  js(frame: pl.DataFrame, frames: Frames): pl.DataFrame
  /** Null: the last step, whose columns nobody names. */
  readonly columns: readonly RandomColumn[] | null
}

const TYPES = { int: ['BIGINT', 'INTEGER'] }
const KINDS = ['int', 'float', 'text', 'bool', 'date'] as const

/** A random cell over random tables. Rows are compared in order. */
export function polarsCase(choices: Choices): FuzzCase {
  const lakeOptions: LakeOptions = { budgetMiB: choices.pick([64, 16]), threads: choices.pick([1, 2]) }
  // NaN and the extremes are left out: the judge orders NaN otherwise than Polars does today and wraps around
  const options = { kinds: KINDS, types: TYPES, extremes: false, mostRows: 1000 }
  const schemas = ['t', 'u'].map((name) => ({ name, columns: randomColumns(choices, options) }))
  const steps: Step[] = []
  let columns: readonly RandomColumn[] | null = schemas[0]!.columns
  const count = 1 + choices.below(3)
  for (let i = 0; i < count && columns !== null; i++) {
    const step = randomStep(choices, columns)
    steps.push(step)
    ;({ columns } = step)
  }
  const tables = schemas.map((schema) => ({ ...schema, rows: randomRows(choices, schema.columns, options) }))
  const cell = `t${steps.map((step) => step.py).join('')}`
  const text = [
    ...tables.flatMap((table) => tableSql(table).map((one) => `${one};`)),
    `# ${lakeOptions.budgetMiB} MiB, ${lakeOptions.threads} threads`,
    cell,
  ].join('\n')
  return { text, run: (world) => compare(world, { tables, cell, steps, lakeOptions }) }
}

function randomStep(choices: Choices, columns: readonly RandomColumn[]): Step {
  const expressions = new RandomExpressions(choices, columns)
  const some = (make: () => { readonly py: string; readonly js: pl.Expr }) =>
    Array.from({ length: 1 + choices.below(3) }, (_, i) => {
      const { py, js } = make()
      return { py: `e${i}=${py}`, js: js.alias(`e${i}`) }
    })
  const names = columns.map((column) => column.name)
  const builds: readonly (() => Step)[] = [
    () => {
      const made = some(() => expressions.row())
      return {
        py: `.with_columns(${made.map((one) => one.py).join(', ')})`,
        js: (frame) => frame.withColumns(...made.map((one) => one.js)),
        columns: null,
      }
    },
    () => {
      const { py, js } = expressions.condition()
      return { py: `.filter(${py})`, js: (frame) => frame.filter(js), columns }
    },
    () => {
      const key = choices.pick(names)
      const made = some(() => expressions.aggregate())
      return {
        py: `.group_by("${key}", maintain_order=True).agg(${made.map((one) => one.py).join(', ')})`,
        // the judge's group_by takes no maintain_order here: groups are put in the order of their first rows
        js: (frame) =>
          frame
            .withRowIndex('\0row')
            .groupBy(key)
            .agg(...made.map((one) => one.js), pl.col('\0row').min())
            .sort('\0row')
            .drop('\0row'),
        columns: null,
      }
    },
    () => {
      const made = some(() => expressions.aggregate())
      return {
        py: `.select(${made.map((one) => one.py).join(', ')})`,
        js: (frame) => frame.select(...made.map((one) => one.js)),
        columns: null,
      }
    },
    () => {
      const key = choices.pick(names)
      const [descending, nullsLast] = [choices.chance(0.5), choices.chance(0.5)]
      const flag = (value: boolean) => (value ? 'True' : 'False')
      return {
        py: `.sort("${key}", descending=${flag(descending)}, nulls_last=${flag(nullsLast)}, maintain_order=True)`,
        // by one column the judge turns rows around that it takes for sorted, and their order among equals with them
        js: (frame) => frame.sort({ by: [key, key], descending, nullsLast, maintainOrder: true }),
        columns,
      }
    },
    () => {
      const n = choices.pick([3, 1, 0, 10])
      const how = choices.pick(['head', 'tail'] as const)
      return { py: `.${how}(${n})`, js: (frame) => frame[how](n), columns }
    },
    () => {
      const [offset, length] = [choices.pick([1, 0, 2, -2]), choices.pick([2, 1, 10])]
      return { py: `.slice(${offset}, ${length})`, js: (frame) => frame.slice(offset, length), columns }
    },
    () => {
      const key = choices.pick(names)
      const keep = choices.pick(['first', 'last', 'none'] as const)
      return {
        py: `.unique(subset=["${key}"], keep="${keep}", maintain_order=True)`,
        js: (frame) => frame.unique({ subset: [key], keep, maintainOrder: true }),
        columns,
      }
    },
    () => {
      const [condition, made] = [expressions.condition(), some(() => expressions.aggregate())]
      const key = choices.pick(names)
      return {
        py: `.filter(${condition.py}).with_columns(${made.map(({ py }) => `${py.replace('=', '=(')}).over("${key}")`).join(', ')})`,
        js: (frame) => frame.filter(condition.js).withColumns(...made.map(({ js }) => js.over(key))),
        columns: null,
      }
    },
    () => {
      const key = choices.pick(['id', 'c2'])
      const how = choices.pick(['inner', 'left', 'semi', 'anti'] as const)
      const order = how === 'semi' || how === 'anti' || key === 'id' ? ['id'] : ['id', 'id_right']
      const clash = how !== 'semi' && how !== 'anti'
      return {
        py: `.join(u, on="${key}", how="${how}").sort(${order.map((one) => `"${one}"`).join(', ')}, maintain_order=True)`,
        js: (frame, frames) =>
          frame.join(frames.get('u')!, { on: key, how }).sort({ by: order, maintainOrder: true }),
        columns: clash ? null : columns,
      }
    },
    () => ({
      py: '.with_row_index("n")',
      js: (frame) => frame.withRowIndex('n'),
      columns: null,
    }),
    () => ({ py: '.drop_nulls()', js: (frame) => frame.dropNulls(), columns }),
    () => ({ py: '.null_count()', js: (frame) => frame.nullCount(), columns: null }),
  ]
  return choices.pick(builds)()
}

interface CellRun {
  readonly tables: readonly RandomTable[]
  readonly cell: string
  readonly steps: readonly Step[]
  readonly lakeOptions: LakeOptions
}

async function compare(world: FuzzWorld, { tables, cell, steps, lakeOptions }: CellRun): Promise<Outcome> {
  const files = await world.makeTables(tables)
  let theirs: string[]
  try {
    const frames = new Map([...files].map(([name, file]) => [name, pl.readParquet(Buffer.from(file))]))
    const frame = steps.reduce((before, step) => step.js(before, frames), frames.get('t')!)
    const types = frame.columns.map((name) => frame.getColumn(name).dtype)
    theirs = frame
      .rows()
      .map((row: unknown[]) => row.map((value, i) => polarsText(value, types[i])).join(' | '))
  } catch (error) {
    return { kind: 'refused', detail: error instanceof Error ? error.message : String(error) }
  }
  const lake = await world.lake(lakeOptions)
  try {
    for (const [name, file] of files) await lake.registerFile(name, file)
    const { table } = await lake.polars(cell)
    const isFloat = table.schema.fields.map((field) => DataType.isFloat(field.type as DataType))
    const ours = cellsOf(table).map((row) => row.map((one, i) => cellText(one, isFloat[i]!)).join(' | '))
    return differenceOfRows(ours, theirs, true)
  } catch (error) {
    const code = error instanceof LakebookError ? error.code : 'crash'
    const detail = `${code}: ${error instanceof Error ? error.message : String(error)}`
    if (code === 'unsupported') return { kind: 'unsupported', detail }
    if (code === 'crash' || code === 'internal') world.forget(lakeOptions)
    return { kind: 'different', detail: `Polars answers; the engine says ${detail}` }
  }
}

/** The judge's value in the spelling of `cellText`. */
function polarsText(value: unknown, dtype: { toString(): string }): string {
  if (value === null || value === undefined) return 'NULL'
  const type = dtype.toString()
  if (value instanceof Date) {
    const text = value.toISOString()
    return type.includes('Datetime') ? text.slice(0, 19).replace('T', ' ') : text.slice(0, 10)
  }
  if (typeof value === 'number') return cellText(value, type.includes('Float'))
  return String(value)
}
