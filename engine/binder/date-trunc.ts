import { types } from '../arrow/types.ts'
import type { SourceSpan } from '../errors.ts'
import { findDatePart } from '../functions/scalar/date-parts.ts'
import type { Expression } from '../plan/plan.ts'
import type { SqlDialect } from '../sql/ast.ts'
import { booleanCall, castTo, literal } from './coerce.ts'
import { compared } from './collation.ts'
import { scalarCall } from './scalar-call.ts'

/**
 * date_trunc(part, time[, zone]), whose part may be a column. In PostgreSQL the first century and the first millennium
 * begin with the year 1, and decades before the year 0 begin with their earliest year; in DuckDB all of them begin with
 * the year that has zeroes at its end. Null where there are neither two nor three arguments.
 */
export function bindDateTrunc(
  args: readonly Expression[],
  dialect: SqlDialect,
  span: SourceSpan | undefined,
): Expression | null {
  const [part, time, zone] = args
  if (args.length < 2 || args.length > 3) return null
  if (part!.kind !== 'literal')
    return forEachPart(part!, (each) => truncated(each, time!, zone, dialect, span), span)
  return truncated(part!, time!, zone, dialect, span)
}

function truncated(
  part: Expression,
  time: Expression,
  zone: Expression | undefined,
  dialect: SqlDialect,
  span: SourceSpan | undefined,
): Expression {
  if (zone !== undefined) return truncatedInZone(part, time, zone, dialect, span)
  // that of a time of day is that of the interval since midnight
  const given = time.type.kind === 'time' ? castTo(time, types.interval) : time
  const period = dialect === 'postgres' && given.type.kind !== 'interval' ? PERIODS.get(nameOf(part)) : null
  if (!period) return scalarCall('date_trunc', [part, given], span)
  const number = (value: number): Expression => literal(BigInt(value), types.int64)
  const year = scalarCall('date_part', [literal('year', types.utf8), given], span)
  const distance = scalarCall('-', [year, number(period.first)], span)
  const rest = scalarCall('%', [distance, number(period.years)], span)
  const since = scalarCall(
    '%',
    [scalarCall('+', [rest, number(period.years)], span), number(period.years)],
    span,
  )
  // infinity has no year, and is its own start
  const years = scalarCall('to_years', [scalarCall('coalesce', [since, number(0)], span)], span)
  const begin = scalarCall('date_trunc', [literal('year', types.utf8), given], span)
  return scalarCall('-', [begin, years], span)
}

/** How many years PostgreSQL's periods have, and which year one of them begins with. */
const PERIODS: ReadonlyMap<string, { readonly years: number; readonly first: number }> = new Map([
  ['decade', { years: 10, first: 0 }],
  ['century', { years: 100, first: 1 }],
  ['millennium', { years: 1000, first: 1 }],
])

function nameOf(part: Expression): string {
  return part.kind === 'literal' && typeof part.value === 'string' ? (findDatePart(part.value) ?? '') : ''
}

/** By the clock of that zone. */
function truncatedInZone(
  part: Expression,
  instant: Expression,
  zone: Expression,
  dialect: SqlDialect,
  span: SourceSpan | undefined,
): Expression {
  const shown = scalarCall('timezone', [zone, instant], span)
  const start = truncated(part, shown, undefined, dialect, span)
  // an hour that the clock shows twice is told apart by the instant
  if (/^(hour|minute|(milli|micro)?second)$/.test(nameOf(part)))
    return scalarCall('-', [instant, scalarCall('-', [shown, start], span)], span)
  return scalarCall('timezone', [zone, start], span)
}

const PARTS = [
  ...['microseconds', 'milliseconds', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'],
  ...['decade', 'century', 'millennium'],
]

/** What a part that is a column says, by a branch for each part that there is; another one ends the query. */
function forEachPart(
  part: Expression,
  make: (part: Expression) => Expression,
  span: SourceSpan | undefined,
): Expression {
  const named = scalarCall('rtrim', [scalarCall('lower', [part], span), literal('s', types.utf8)], span)
  const branches = PARTS.map((name) => ({
    when: booleanCall('=', compared(named, literal(name.replace(/s$/, ''), types.utf8)), undefined, span),
    then: make(literal(name, types.utf8)),
  }))
  const { type } = branches[0]!.then
  const message = scalarCall('||', [literal('There is no part of time ', types.utf8), part], span)
  const otherwise = {
    kind: 'case',
    branches: [{ when: scalarCall('error', [message], span), then: literal(null, type) }],
    otherwise: null,
    type,
    nullable: true,
  } as const
  return { kind: 'case', branches, otherwise, type, nullable: true, span }
}
