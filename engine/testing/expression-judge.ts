import { typeName, type DataType } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import type { IntervalValue, LiteralValue } from '../plan/plan.ts'
import { DuckDbJudge } from './duckdb-judge.ts'
import { openExpressionRunner, type ExpressionRunner, type TestValue } from './expression-runner.ts'
import { readExpression, type TestColumn } from './expression-syntax.ts'

/** One row in which the engine and native DuckDB do not say the same; `error` stands for any error. */
export interface Disagreement {
  readonly expression: string
  readonly row: string
  readonly ours: string
  readonly theirs: string
}

/** Evaluates expressions over rows in the compiled engine and in native DuckDB. */
export class ExpressionJudge {
  readonly runner: ExpressionRunner
  readonly #judge: DuckDbJudge

  private constructor(runner: ExpressionRunner, judge: DuckDbJudge) {
    this.runner = runner
    this.#judge = judge
  }

  static async open(): Promise<ExpressionJudge> {
    const judge = await DuckDbJudge.open()
    await judge.run("SET TimeZone = 'UTC'")
    // x / 0 is NULL, as in SQL before 2025, not infinite
    await judge.run('SET ieee_floating_point_ops = false')
    return new ExpressionJudge(await openExpressionRunner(), judge)
  }

  close(): void {
    this.#judge.close()
  }

  /** Where the two disagree, over all rows of the columns (or once, without columns). Floats may differ by `ulps`. */
  async disagreements(
    expressions: readonly string[],
    columns: readonly TestColumn[] = [],
    options: { readonly ulps?: number } = {},
  ): Promise<Disagreement[]> {
    const rowCount = columns[0]?.values.length ?? 1
    await this.#createTable(columns, rowCount)
    const found: Disagreement[] = []
    for (const text of expressions) {
      const report = (row: string, ours: string, theirs: string) => {
        found.push({ expression: text, row, ours, theirs })
      }
      try {
        const expression = readExpression(text, columns)
        const ours = this.runner.run(expression, columns)
        const { type, values } = await this.#judged(text, rowCount)
        const isSameType = type === null || spell(type) === spell(expression.type)
        if (!isSameType) report('type', typeName(expression.type), typeName(type))
        ours.forEach((value, i) => {
          if (!isEqual(value, values[i], options.ulps ?? 0)) {
            const row = columns.map(({ name, values: cells }) => `${name} = ${show(cells[i])}`).join(', ')
            report(row, show(value), show(values[i]))
          }
        })
      } catch (error) {
        report(
          'all',
          error instanceof Error ? `${error.message} ${error.stack?.split('\n')[1] ?? ''}` : String(error),
          '?',
        )
      }
    }
    return found
  }

  /** DuckDB's values; where a row raises an error, that error. */
  async #judged(
    text: string,
    rowCount: number,
  ): Promise<{ type: DataType | null; values: (TestValue | Error | undefined)[] }> {
    const query = (where: string) =>
      this.#judge.query(`SELECT ${text} AS result FROM judged ${where} ORDER BY row_index`)
    try {
      const { columns, rows } = await query('')
      return { type: columns[0]!.type, values: rows.map((row) => row[0]) }
    } catch {
      let type: DataType | null = null
      const values: (TestValue | Error | undefined)[] = []
      for (let row = 0; row < rowCount; row++) {
        try {
          const { columns, rows } = await query(`WHERE row_index = ${row}`)
          type = columns[0]!.type
          values.push(rows[0]![0])
        } catch (error) {
          values.push(error as Error)
        }
      }
      return { type, values }
    }
  }

  async #createTable(columns: readonly TestColumn[], rowCount: number): Promise<void> {
    const names = columns.map(({ name, type }) => `"${name}" ${sqlType(type)}`)
    await this.#judge.run(`CREATE OR REPLACE TABLE judged (${['row_index INTEGER', ...names].join(', ')})`)
    const rows = Array.from({ length: rowCount }, (_, row) => {
      const cells = columns.map(({ type, values }) => sqlLiteral(values[row]!, type))
      return `(${[String(row), ...cells].join(', ')})`
    })
    await this.#judge.run(`INSERT INTO judged VALUES ${rows.join(', ')}`)
  }
}

function sqlType(type: DataType): string {
  return spell(type) === 'HUGEINT' ? 'HUGEINT' : typeName(type)
}

/** DECIMAL(38,0) stands for HUGEINT. */
function spell(type: DataType): string {
  const name = typeName(type)
  return name === 'DECIMAL(38,0)' ? 'HUGEINT' : name === 'NULL' ? 'INTEGER' : name
}

function sqlLiteral(value: LiteralValue, type: DataType): string {
  if (value === null) return 'NULL'
  const cast = (text: string) => `CAST('${text.replaceAll("'", "''")}' AS ${sqlType(type)})`
  switch (type.kind) {
    case 'decimal':
      return cast(decimalText(value as bigint, type.scale))
    case 'date':
      return `(DATE '1970-01-01' + ${value as bigint}::INTEGER)`
    case 'timestamp':
      return `make_timestamp(${value as bigint})`
    case 'time':
      return `(TIME '00:00:00' + to_microseconds(${value as bigint}))`
    case 'interval': {
      const { months, days, micros } = value as IntervalValue
      return `(to_months(${months}) + to_days(${days}) + to_microseconds(${micros}))`
    }
    case 'binary':
      return `unhex('${Buffer.from(value as Uint8Array).toString('hex')}')`
    case 'float32':
    case 'float64':
      return cast(Object.is(value, -0) ? '-0' : String(value))
    default:
      return cast(String(value))
  }
}

function decimalText(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0')
  const point = digits.length - scale
  return `${value < 0n ? '-' : ''}${digits.slice(0, point)}${scale === 0 ? '' : '.'}${digits.slice(point)}`
}

type Outcome = TestValue | Error | undefined

function isEqual(ours: Outcome, theirs: Outcome, ulps: number): boolean {
  if (ours instanceof Error || theirs instanceof Error)
    return ours instanceof Error && theirs instanceof Error
  if (typeof ours === 'number' && typeof theirs === 'number') {
    if (Object.is(ours, theirs) || (ours === theirs && ours === 0)) return true
    return ulps > 0 && Math.abs(ours - theirs) <= ulps * 2 ** -52 * Math.abs(theirs)
  }
  return show(ours) === show(theirs)
}

function show(value: Outcome): string {
  if (value instanceof LakebookError) return `error ${value.code}: ${value.message}`
  if (value instanceof Error) return `error: ${value.message.split('\n')[0]}`
  if (typeof value === 'bigint') return `${value}`
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (Array.isArray(value)) return `[${value.map((item) => show(item as TestValue)).join(', ')}]`
  if (value === undefined) return 'nothing'
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part))
}
