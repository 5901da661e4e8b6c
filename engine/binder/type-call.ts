import { types } from '../arrow/types.ts'
import { implicitCastCost } from '../functions/scalar-types.ts'
import type { Expression } from '../plan/plan.ts'
import type { SqlFunctionCall } from '../sql/ast.ts'
import { greatestOf } from './binned-histogram.ts'
import { literal } from './coerce.ts'
import { compared } from './collation.ts'
import { booleanCall } from './coerce.ts'
import type { ExpressionContext } from './expression-context.ts'
import { scalarCall } from './scalar-call.ts'
import { outputName } from './output-name.ts'
import type { Bind } from './sort-key.ts'

/** Functions of what is known of an argument before there are rows: its name, its type. Null for any other call. */
export function bindTypeCall(
  context: ExpressionContext,
  sql: SqlFunctionCall,
  bind: Bind,
): Expression | null {
  const [first, second, ...rest] = sql.args
  if (first === undefined || rest.length > 0) return null
  switch (sql.name.toLowerCase()) {
    case 'typeof':
      // of values that are not computed for it
      return second === undefined
        ? scalarCall('typeof', [literal(null, bind(context, first).type)], sql.span)
        : null
    case 'alias':
      return second === undefined ? literal(outputName(first), types.utf8, sql.span) : null
    case 'can_cast_implicitly': {
      if (second === undefined) return null
      const [from, to] = [bind(context, first).type, bind(context, second).type]
      return literal(implicitCastCost(from, to) !== null, types.bool, sql.span)
    }
    case 'is_histogram_other_bin': {
      if (second !== undefined) return null
      const value = bind(context, first)
      const greatest = greatestOf(value.type)
      if (greatest === null) return literal(false, types.bool, sql.span)
      return booleanCall('=', compared(value, literal(greatest, value.type)), undefined, sql.span)
    }
    default:
      return null
  }
}
