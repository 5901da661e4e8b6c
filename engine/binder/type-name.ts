import type { DataType } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import { parseSql } from '../sql/parser.ts'
import { isKnownType } from './named-types.ts'

/** The type that a text names as CAST does; null for what names none. Errors: `unsupported` for one that there is not yet. */
export function typeOfName(text: string): DataType | null {
  if (!/^[\w\s(),."[\]]+$/.test(text)) return null
  try {
    const [parsed, ...more] = parseSql(`SELECT CAST(NULL AS ${text})`)
    const body = parsed?.statement.kind === 'query' ? parsed.statement.query.body : null
    const item = body?.kind === 'select' ? body.items[0] : undefined
    const type = item?.kind === 'expression' && item.expression.kind === 'cast' ? item.expression.type : null
    return more.length === 0 && type !== null && isKnownType(type) ? type : null
  } catch (cause) {
    if (cause instanceof LakebookError && cause.code === 'unsupported') throw cause
    return null
  }
}
