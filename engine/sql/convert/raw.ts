import { internalError, unsupported, type LakebookError, type SourceSpan } from '../../errors.ts'
import type { Identifier, Query, SqlExpression } from '../ast.ts'
import type { Dialect } from '../dialect.ts'
import type { SourceMap } from '../source-map.ts'
import type { StatementText } from '../statement-text.ts'

/** The parser's tree is Rust's serde form: a unit variant is a string, any other `{ Variant: content }`. */
export type Raw = Readonly<Record<string, unknown>>

/** Where a parsed statement lies in the cell's text, and the converters of the two kinds of node that contain each other. */
export interface ConvertContext {
  readonly source: SourceMap
  /** What the parser read. */
  readonly text: StatementText
  readonly dialect: Dialect
  /** Offsets of the statement. */
  readonly start: number
  readonly end: number
  readonly expression: (raw: unknown) => SqlExpression
  readonly query: (raw: unknown) => Query
}

export function object(value: unknown): Raw {
  if (typeof value === 'object' && value !== null) return value as Raw
  throw internalError(`the parser's tree has ${String(value)} where a node belongs`)
}

export function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : []
}

export function text(value: unknown): string {
  if (typeof value === 'string') return value
  throw internalError(`the parser's tree has ${String(value)} where text belongs`)
}

/** Name and content of a variant. */
export function variant(value: unknown): readonly [name: string, content: unknown] {
  if (typeof value === 'string') return [value, undefined]
  const node = object(value)
  const name = Object.keys(node)[0]
  if (name === undefined) throw internalError('the parser gave an empty node')
  return [name, node[name]]
}

/** Undefined and null mean that a clause is absent. */
export function present(value: unknown): boolean {
  return value !== undefined && value !== null
}

export function optional<T>(value: unknown, convert: (value: unknown) => T): T | null {
  return present(value) ? convert(value) : null
}

/** A raw `{start: {line, column}, end}`; the parser gives zeros where it does not know. */
export function rawSpan(context: ConvertContext, value: unknown): SourceSpan | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { start, end } = value as { start?: Raw; end?: Raw }
  const line = Number(start?.['line'] ?? 0)
  if (line === 0) return undefined
  const from = context.text.offset(line, Number(start?.['column']))
  const to = context.text.offset(Number(end?.['line']), Number(end?.['column']))
  return context.source.span(from, to)
}

/** The span of everything under a raw node, for error messages about nodes that have none themselves. */
export function spanUnder(context: ConvertContext, value: unknown): SourceSpan | undefined {
  let first: SourceSpan | undefined
  let end = 0
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const own = 'span' in node ? rawSpan(context, node.span) : undefined
    if (own && (!first || own.start < first.start)) first = own
    if (own && own.end > end) end = own.end
    for (const item of Object.values(node) as readonly unknown[]) visit(item)
  }
  visit(value)
  return first && { ...first, end }
}

/** `NOCASE.NOACCENT`. */
export function collationName(context: ConvertContext, raw: unknown): string {
  return objectName(context, raw)
    .map(({ name }) => name)
    .join('.')
}

export function identifier(context: ConvertContext, value: unknown): Identifier {
  const node = object(value)
  return { name: text(node['value']), span: rawSpan(context, node['span']) }
}

/** A name of dotted parts: `[{ Identifier: … }, …]`. */
export function objectName(context: ConvertContext, value: unknown): readonly Identifier[] {
  return array(value).map((part) => {
    const [name, content] = variant(part)
    if (name !== 'Identifier') throw unsupportedNode(context, `${words(name)} as part of a name`, part)
    return identifier(context, content)
  })
}

/** `LeftSemi` → `left semi`. */
export function words(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()
}

export function unsupportedNode(context: ConvertContext, what: string, node: unknown): LakebookError {
  const span = spanUnder(context, node) ?? context.source.span(context.start, context.end)
  return unsupported(what, span)
}

export function aliasColumns(context: ConvertContext, alias: Raw): readonly Identifier[] {
  return array(alias['columns']).map((column) => identifier(context, object(column)['name']))
}

/** Clauses that the grammar has and the engine does not. */
export function refuse(
  context: ConvertContext,
  node: Raw,
  raw: unknown,
  clauses: Readonly<Record<string, string>>,
): void {
  for (const [key, name] of Object.entries(clauses)) {
    if (present(node[key])) throw unsupportedNode(context, name, raw)
  }
}
