import type { DataType } from '../arrow/types.ts'
import { unsupported, type SourceSpan } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { outputColumns } from '../plan/output.ts'
import type { AggregateCall, Column, Expression, LogicalPlan, SortKey } from '../plan/plan.ts'
import { distinctRows, keepColumns } from '../plan/project-columns.ts'
import { commonCollation, collationOf } from './text-collation.ts'
import { inOneType } from './coerce.ts'
import { scalarCall } from './scalar-call.ts'

/** What a collation makes of a text before texts are compared, by its name. */
const KEYS: Readonly<Record<string, string>> = {
  nocase: 'lower',
  noaccent: 'strip_accents',
  nfc: 'nfc_normalize',
}

/** Collations of bytes as they are. */
const PLAIN: ReadonlySet<string> = new Set(['binary', 'c', 'posix'])

/** VARCHAR under `NOCASE`, `NOCASE.NOACCENT` and so on. Errors: `unsupported` for a collation of a language. */
export function collatedType(collation: string, span: SourceSpan | undefined): DataType {
  const parts = collation.toLowerCase().split('.')
  const unknown = parts.find((part) => !Object.hasOwn(KEYS, part) && !PLAIN.has(part))
  if (unknown !== undefined) {
    throw unsupported(
      `The collation ${unknown.toUpperCase()}`,
      span,
      'There are NOCASE, NOACCENT, NFC, combinations of them such as NOCASE.NOACCENT, and BINARY.',
    )
  }
  const kept = Object.keys(KEYS).filter((part) => parts.includes(part))
  return kept.length === 0 ? { kind: 'utf8' } : { kind: 'utf8', collation: kept.join('.') }
}

/** The value by which a text is compared, ordered and grouped; what has no collation as it is. */
export function collated(
  expression: Expression,
  collation: string | null = collationOf(expression.type),
): Expression {
  if (collation === null || expression.type.kind !== 'utf8') return expression
  const plain: Expression = { ...expression, type: { kind: 'utf8' } }
  return collation.split('.').reduce((key, part) => scalarCall(KEYS[part]!, [key], expression.span), plain)
}

/** What ORDER BY compares. */
export function collatedKey(key: SortKey): SortKey {
  return { ...key, expression: collated(key.expression) }
}

/** Both sides of a comparison in one type, and under one collation. Errors: `type`, `cast`. */
export function compared(
  left: Expression,
  right: Expression,
  span?: SourceSpan,
): readonly [Expression, Expression] {
  const [a, b] = inOneType(left, right, span)
  const collation = commonCollation([left, right], span)
  return [collated(a, collation), collated(b, collation)]
}

/** Functions that look for one text in another. */
const LOOKS_INTO_TEXT: ReadonlySet<string> = new Set(
  'like ilike glob starts_with ^@ contains instr strpos position'.split(' '),
)

/** The arguments of a function as it looks at them under their collation. Errors: `type` for two collations. */
export function collatedArguments(
  name: string,
  args: readonly Expression[],
  span: SourceSpan | undefined,
): readonly Expression[] {
  if (!LOOKS_INTO_TEXT.has(name.toLowerCase())) return args
  const collation = commonCollation(args, span)
  return args.map((each) => collated(each, collation))
}

/** Of texts that are one under their collation the first stands for all. */
export function firstOf(text: Expression, output: Column): AggregateCall {
  return { fn: 'first', args: [text], distinct: false, filter: null, orderBy: [], output }
}

/** Each row once; of rows that are equal under their collations the first. */
export function distinctUnderCollations(input: LogicalPlan): LogicalPlan {
  const columns = outputColumns(input)
  if (columns.every(({ type }) => collationOf(type) === null)) return distinctRows(input)
  const items = columns.map((column) => {
    const reference = columnReference(column)
    return { column, reference, isKey: collationOf(column.type) === null, key: collated(reference) }
  })
  const groups = items.map(({ column, key, isKey }) => ({
    output: isKey ? column : newColumn(column.name, key.type, key.nullable),
    expression: key,
  }))
  const aggregates = items
    .filter(({ isKey }) => !isKey)
    .map(({ column, reference }) => firstOf(reference, column))
  const grouped: LogicalPlan = { kind: 'aggregate', input, groups, aggregates }
  return keepColumns(grouped, columns)
}
