import type {
  FrameExclusion,
  Identifier,
  SqlExpression,
  SqlFrame,
  SqlFrameBound,
  SqlFunctionCall,
  SqlSortKey,
  SqlWindow,
} from '../ast.ts'
import {
  array,
  identifier,
  object,
  objectName,
  optional,
  present,
  spanUnder,
  text,
  unsupportedNode,
  variant,
  words,
  type ConvertContext,
  type Raw,
} from './raw.ts'

export function convertFunction(context: ConvertContext, node: Raw, raw: unknown): SqlFunctionCall {
  const nameParts = objectName(context, node['name'])
  const name = nameParts.at(-1)!
  const [form, list] = variant(node['args'])
  if (form === 'Subquery' && name.name.toLowerCase() === 'array') return listOfQuery(context, list, name, raw)
  if (form === 'Subquery') throw unsupportedNode(context, 'A subquery as an argument list', raw)
  const { args: rawArgs, clauses, duplicate_treatment } = form === 'List' ? object(list) : ({} as Raw)
  let star = false
  const args: SqlExpression[] = []
  const names: (Identifier | null)[] = []
  for (const each of array(rawArgs)) {
    const [kind, content] = variant(each)
    if (kind !== 'Unnamed' && kind !== 'Named') throw unsupportedNode(context, 'A named argument', each)
    names.push(kind === 'Named' ? identifier(context, object(content)['name']) : null)
    const [what, value] = variant(kind === 'Named' ? object(content)['arg'] : content)
    if (what === 'Expr') args.push(context.expression(value))
    // t.* as an argument is a row of the table
    else if (what === 'QualifiedWildcard')
      args.push({ kind: 'identifier', parts: objectName(context, value), span: spanUnder(context, value) })
    else star = true
  }
  let orderBy: readonly SqlSortKey[] = []
  const treatment = node['null_treatment'] ?? (present(node['over']) ? strayNullTreatment(rawArgs) : null)
  let ignoreNulls = treatment === 'IgnoreNulls'
  for (const clause of array(clauses)) {
    const [kind, content] = variant(clause)
    if (kind === 'OrderBy') orderBy = array(content).map((key) => convertSortKey(context, key))
    else if (kind === 'IgnoreOrRespectNulls') ignoreNulls = content === 'IgnoreNulls'
    else if (kind === 'Separator') {
      args.push({ kind: 'string', value: text(variant(object(content)['value'])[1]), span: undefined })
    } else throw unsupportedNode(context, `${words(kind)} inside ${name.name}`, raw)
  }
  const within = array(node['within_group']).map((key) => convertSortKey(context, key))
  if (within[0] && QUANTILES.test(name.name)) {
    // percentile_cont(0.5) WITHIN GROUP (ORDER BY x) = quantile_cont(x, 0.5); from the greatest down it is below 0
    const [fraction] = args
    if (within[0].descending && fraction) args[0] = fromGreatest(name.name, fraction)
    args.unshift(within[0].expression)
  } else if (within.length > 0) {
    orderBy = within
  }
  return {
    kind: 'function',
    name: name.name,
    nameSpan: name.span,
    args,
    ...(names.some((each) => each !== null) ? { argNames: names } : {}),
    star,
    distinct: duplicate_treatment === 'Distinct',
    filter: optional(node['filter'], (value) => context.expression(value)),
    orderBy,
    ignoreNulls,
    over: optional(node['over'], (value) => {
      const [kind, content] = variant(value)
      return kind === 'NamedWindow'
        ? identifier(context, content)
        : convertWindow(context, object(content), name)
    }),
    span: spanUnder(context, raw),
  }
}

/** `ARRAY(SELECT …)`, called as a function of the query's value. */
function listOfQuery(
  context: ConvertContext,
  query: unknown,
  name: Identifier,
  raw: unknown,
): SqlFunctionCall {
  return {
    kind: 'function',
    name: 'array',
    nameSpan: name.span,
    args: [{ kind: 'scalar_query', query: context.query(query), span: spanUnder(context, query) }],
    star: false,
    distinct: false,
    filter: null,
    orderBy: [],
    ignoreNulls: false,
    over: null,
    span: spanUnder(context, raw),
  }
}

/**
 * In `first_value(f(x) IGNORE NULLS) OVER …` the parser gives the last two words to f, which can have none: a window
 * function's arguments have no window functions in them.
 */
function strayNullTreatment(node: unknown): unknown {
  if (typeof node !== 'object' || node === null) return null
  if ('null_treatment' in node && present(node.null_treatment)) return node.null_treatment
  for (const item of Object.values(node) as readonly unknown[]) {
    const found = strayNullTreatment(item)
    if (found !== null) return found
  }
  return null
}

const QUANTILES =
  /^(percentile_(cont|disc)|quantile(_cont|_disc)?|approx_percentile_cont|approx_quantile|median|mode)$/i

function fromGreatest(name: string, fraction: SqlExpression): SqlExpression {
  const { span } = fraction
  if (fraction.kind === 'list')
    return { ...fraction, items: fraction.items.map((item) => fromGreatest(name, item)) }
  if (/disc$|^quantile$/i.test(name)) return { kind: 'unary', op: '-', operand: fraction, span }
  return { kind: 'binary', op: '-', left: { kind: 'number', text: '1', span }, right: fraction, span }
}

export function convertSortKey(context: ConvertContext, raw: unknown): SqlSortKey {
  const { expr, options } = object(raw)
  const { asc, nulls_first } = object(options)
  return {
    expression: context.expression(expr),
    descending: asc === false,
    nullsFirst: typeof nulls_first === 'boolean' ? nulls_first : null,
  }
}

/** `owner`: the function that an inline window belongs to, or the name of a named one. */
export function convertWindow(context: ConvertContext, node: Raw, owner: Identifier): SqlWindow {
  const exclude = context.dialect.exclusions.get(owner.span?.start ?? -1) ?? 'none'
  return {
    base: optional(node['window_name'], (value) => identifier(context, value)),
    partitionBy: array(node['partition_by']).map((value) => context.expression(value)),
    orderBy: array(node['order_by']).map((key) => convertSortKey(context, key)),
    frame: optional(node['window_frame'], (value) => convertFrame(context, object(value), exclude)),
  }
}

function convertFrame(
  context: ConvertContext,
  { units, start_bound, end_bound }: Raw,
  exclude: FrameExclusion,
): SqlFrame {
  const unit = text(units).toLowerCase()
  return {
    unit: unit === 'rows' || unit === 'groups' ? unit : 'range',
    start: convertBound(context, start_bound),
    end: present(end_bound) ? convertBound(context, end_bound) : null,
    exclude,
  }
}

function convertBound(context: ConvertContext, raw: unknown): SqlFrameBound {
  const [name, content] = variant(raw)
  if (name === 'CurrentRow') return { kind: 'current_row' }
  const offset = optional(content, (value) => context.expression(value))
  return { kind: name === 'Preceding' ? 'preceding' : 'following', offset }
}
