import { internalError, type SourceSpan } from '../errors.ts'
import { findMacro, type MacroForm } from '../functions/macro.ts'
import type { Expression } from '../plan/plan.ts'
import type { SqlExpression, SqlFunctionCall } from '../sql/ast.ts'
import { parseSql } from '../sql/parser.ts'
import type { ExpressionContext } from './expression-context.ts'
import type { Bind } from './sort-key.ts'
import { expandMacro } from './user-macro.ts'

/** The expression that the call of a macro of the person's own stands for; null when there is none of that name. */
export function bindOwnMacro(
  context: ExpressionContext,
  sql: SqlFunctionCall,
  bind: Bind,
): Expression | null {
  const own = context.environment.catalog.macro?.(sql.name)
  return own && !('body' in own.body)
    ? bind(context, expandMacro(own, own.body, sql.args, sql.span, sql.argNames))
    : null
}

/** The expression that a macro's call stands for; null when it is no macro, or none that takes such arguments. */
export function bindMacro(context: ExpressionContext, sql: SqlFunctionCall, bind: Bind): Expression | null {
  const fitting =
    findMacro(sql.name)?.forms.filter((form) => form.parameters.length === sql.args.length) ?? []
  if (fitting.length === 0) return null
  const types = fitting.some((form) => form.when) ? sql.args.map((arg) => bind(context, arg).type) : []
  const form = fitting.find(({ when }) => !when || when(types))
  if (!form) return null
  return bind(context, expandForm(form, sql.args, sql.span))
}

/** The form's body over the arguments. */
export function expandForm(
  form: MacroForm,
  args: readonly SqlExpression[],
  span: SourceSpan | undefined,
): SqlExpression {
  const values = new Map(form.parameters.map((name, index) => [name, args[index]!]))
  return substituted(bodyOf(form), values, span) as SqlExpression
}

const bodies = new Map<string, SqlExpression>()

function bodyOf(form: MacroForm): SqlExpression {
  const known = bodies.get(form.body)
  if (known) return known
  const statement = parseSql(`SELECT ${form.body}`)[0]?.statement
  const query = statement?.kind === 'query' ? statement.query.body : null
  const item = query?.kind === 'select' ? query.items[0] : null
  if (item?.kind !== 'expression') throw internalError(`the macro "${form.body}" is no expression`)
  bodies.set(form.body, item.expression)
  return item.expression
}

/** The tree with values in the place of parameters; everything else is at the place of the call. */
function substituted(
  node: unknown,
  values: ReadonlyMap<string, SqlExpression>,
  span: SourceSpan | undefined,
): unknown {
  if (Array.isArray(node)) return node.map((each) => substituted(each, values, span))
  if (typeof node !== 'object' || node === null) return node
  if ('kind' in node && node.kind === 'identifier') {
    const { parts } = node as Extract<SqlExpression, { kind: 'identifier' }>
    const value = parts.length === 1 ? values.get(parts[0]!.name) : undefined
    if (value) return value
  }
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      /^span$|Span$/.test(key) ? span : substituted(value, values, span),
    ]),
  )
}
