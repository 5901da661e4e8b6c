import { form } from '../functions/macros/define.ts'
import type { SqlExpression, SqlFunctionCall } from '../sql/ast.ts'
import { expandForm } from './macro.ts'

/** The places at which a value of a sorted list first is. */
const STARTS =
  'list_filter(range(1, len("·s") + 1), "·p" -> "·p" = 1 OR list_extract("·s", "·p") IS DISTINCT FROM list_extract("·s", "·p" - 1))'

const KEYS = 'list_transform("·b", "·p" -> list_extract("·s", "·p"))'

const COUNTS =
  'list_transform("·b", ("·p", "·k") -> CAST(coalesce(list_extract("·b", "·k" + 1), len("·s") + 1) - "·p" AS UBIGINT))'

/** `x` under a name: a list of one that a lambda goes through. */
function named(name: string, value: string, body: string): string {
  return `list_extract(list_transform([${value}], ${name} -> ${body}), 1)`
}

const SORTED = 'list_sort(list_filter(items, "·i" -> "·i" IS NOT NULL))'

const histogram = form(
  `items → CASE WHEN len(${SORTED}) > 0 THEN ${named('"·s"', SORTED, named('"·b"', STARTS, `map(${KEYS}, ${COUNTS})`))} END`,
)

/**
 * `histogram(x)` by the list of all values: sorted, every value's count is how far the next value's start is away.
 * Null for any other call.
 */
export function expandHistogram(sql: SqlFunctionCall): SqlExpression | null {
  if (sql.name.toLowerCase() !== 'histogram' || sql.args.length !== 1) return null
  return expandForm(histogram, [{ ...sql, name: 'array_agg' }], sql.span)
}
