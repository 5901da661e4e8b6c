import { isNested, typeName, types } from '../arrow/types.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import { foldExpression } from '../optimizer/fold-expression.ts'
import { isVolatile, someExpression } from '../plan/expression-tree.ts'
import type { Expression } from '../plan/plan.ts'
import { oneRow } from '../plan/project-columns.ts'
import { newColumn } from '../plan/column-ids.ts'
import type { Identifier, SqlExpression, SqlFunctionCall } from '../sql/ast.ts'
import { castTo, literal } from './coerce.ts'
import type { Environment } from './environment.ts'
import { plainContext, type ExpressionContext } from './expression-context.ts'
import { nameHint } from './name-hint.ts'
import { qualifiedName } from '../sql/qualified-name.ts'
import { scalarCall } from './scalar-call.ts'
import type { Bind } from './sort-key.ts'

/** `nextval('s')`, `currval('s')`, `getvariable('x')` and `current_setting('x')`; null for any other call. */
export function bindSessionCall(
  context: ExpressionContext,
  sql: SqlFunctionCall,
  bind: Bind,
): Expression | null {
  const name = sql.name.toLowerCase()
  if (name === 'current_setting') return currentSetting(context, sql, bind)
  if (name !== 'nextval' && name !== 'currval' && name !== 'getvariable') return null
  const [only] = sql.args
  const given = only && sql.args.length === 1 ? bind(context, only) : null
  const folded = given && foldExpression(given)
  if (folded?.kind === 'literal' && folded.value === null) return literal(null, types.int64, sql.span)
  if (folded?.kind !== 'literal' || typeof folded.value !== 'string') {
    const what = name === 'getvariable' ? 'a variable' : 'a sequence'
    throw new LakebookError('type', `${name} takes the name of ${what}, a text that is known beforehand`, {
      span: only?.span ?? sql.span,
      hint: `Write ${name}('${name === 'getvariable' ? 'x' : 's'}').`,
    })
  }
  const { catalog } = context.environment
  if (name === 'getvariable') return catalog.variable?.(folded.value) ?? literal(null, types.null, sql.span)
  const sequence = sequenceNamed(context.environment, folded.value, only?.span ?? sql.span)
  const args = [literal(BigInt(sequence.address), types.uint32), literal(sequence.name, types.utf8)]
  return scalarCall(name, args, sql.span)
}

/** The value of a setting, as text. */
function currentSetting(context: ExpressionContext, sql: SqlFunctionCall, bind: Bind): Expression {
  const [only] = sql.args
  const folded = only && sql.args.length === 1 ? foldExpression(bind(context, only)) : null
  const settings = context.environment.catalog.settings?.() ?? []
  const name =
    folded?.kind === 'literal' && typeof folded.value === 'string' ? folded.value.toLowerCase() : null
  const found = settings.find((setting) => setting.name === name)
  if (found) return literal(found.value, types.utf8, sql.span)
  throw new LakebookError('invalid_argument', `There is no setting ${name ?? 'without a name'}`, {
    span: only?.span ?? sql.span,
    hint: `There are: ${settings.map((setting) => setting.name).join(', ')}.`,
  })
}

function sequenceNamed(
  { catalog }: Environment,
  text: string,
  span: SourceSpan | undefined,
): { readonly name: string; readonly address: number } {
  const name = sequenceName(text)
  const found = catalog.sequences?.find(name)
  if (found) return found
  const names = catalog.sequences?.list().map((each) => each.name) ?? []
  throw new LakebookError('invalid_argument', `There is no sequence "${name}"`, {
    span,
    hint: nameHint(name, names) ?? `Write CREATE SEQUENCE ${name} first.`,
  })
}

/** The name that the text of a call means, also with its schema. */
export function sequenceName(text: string): string {
  return qualifiedName(text.split('.').map((name) => ({ name, span: undefined })))
}

/**
 * What SET VARIABLE keeps: an expression without columns. What a query yields is asked for at once, and so is chance:
 * a variable has one value.
 */
export function bindVariable(
  environment: Environment,
  name: Identifier,
  sql: SqlExpression,
  bind: Bind,
): Expression {
  const bound = bind(plainContext(environment, { columns: [], parent: null }, 'SET VARIABLE'), sql)
  const folded = foldExpression(bound)
  const isFixed = !isVolatile(folded) && !someExpression(folded, (node) => node.kind === 'subquery')
  if (isFixed) return folded
  const { type, span } = folded
  if (isNested(type)) {
    throw unsupported(
      `A variable of the type ${typeName(type)} from a query`,
      span ?? name.span,
      'Keep the rows as a table: CREATE TEMP TABLE … AS.',
    )
  }
  const expression = castTo(folded, types.utf8)
  const output = newColumn('value', types.utf8, true)
  const answer = environment.catalog.ask?.({
    kind: 'project',
    input: oneRow(),
    items: [{ output, expression }],
  })
  return castTo(literal(answer ?? null, types.utf8), type)
}
