import type { Schema } from '../../engine/arrow/types.ts'
import { valueNumber, valueText } from '../grid/read-value.ts'
import { isNumberType } from '../notebook/data-type-name.ts'
import { engine } from '../session/connection.ts'
import { fetchPage } from '../session/result-pages.ts'
import { runText } from '../session/runner.ts'
import type { DayPoint, PersonDay } from './demo-store.ts'
import type { Band } from './row-by-row.ts'

const DAYS_OFFERED = 60
const MINUTE_MS = 60_000

/** Days on which the policy had most to decide come first: all bands, then many imputed readings. */
const DAYS_SQL = `SELECT user_id, CAST("timestamp" AS DATE) AS day,
       count(*) FILTER (WHERE band = 'linear') AS linear,
       count(*) FILTER (WHERE band = 'locf') AS locf,
       count(*) FILTER (WHERE band = 'missing') AS missing
FROM filled
GROUP BY user_id, CAST("timestamp" AS DATE)
HAVING count(*) FILTER (WHERE band <> 'measured') > 0
ORDER BY least(linear, 3) + least(locf, 3) + least(missing, 3) DESC, user_id, day
LIMIT ${DAYS_OFFERED}`

export async function findDays(): Promise<PersonDay[]> {
  const { schema, rows } = await read(DAYS_SQL)
  const [user, day] = schema.fields
  if (!user || !day) return []
  return rows((row) => {
    const name = row.text(0)
    const date = row.text(1)
    const literal = isNumberType(user.type) ? name : `'${name.replaceAll("'", "''")}'`
    return { label: `${name} on ${date}`, user: literal, day: date }
  })
}

export async function readDay({ user, day }: PersonDay): Promise<DayPoint[]> {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  const next = new Date(midnight + 24 * 60 * MINUTE_MS).toISOString().slice(0, 10)
  const { rows } = await read(`SELECT "timestamp", glucose_mg_dl, band
FROM filled
WHERE user_id = ${user} AND "timestamp" >= TIMESTAMP '${day} 00:00:00' AND "timestamp" < TIMESTAMP '${next} 00:00:00'
ORDER BY "timestamp"`)
  return rows((row) => ({
    minute: ((row.number(0) ?? midnight) - midnight) / MINUTE_MS,
    glucose: row.number(1),
    band: row.text(2) as Band,
  }))
}

interface Row {
  readonly text: (column: number) => string
  readonly number: (column: number) => number | null
}

/** A small result, read whole and released. */
async function read(
  text: string,
): Promise<{ schema: Schema; rows: <Item>(item: (row: Row) => Item) => Item[] }> {
  const { id, schema, rowCount } = await runText('sql', text)
  try {
    const table = await fetchPage(id, 0, rowCount)
    const cell = (column: number) => {
      const [vector, field] = [table.getChildAt(column), schema.fields[column]]
      return vector && field ? { vector, type: field.type } : null
    }
    const rowAt = (row: number): Row => ({
      text: (column) => {
        const found = cell(column)
        return found ? (valueText(found.vector, row, found.type) ?? '') : ''
      },
      number: (column) => {
        const found = cell(column)
        return found ? valueNumber(found.vector, row, found.type) : null
      },
    })
    return { schema, rows: (item) => Array.from({ length: table.numRows }, (_, row) => item(rowAt(row))) }
  } finally {
    await engine().release(id)
  }
}
