import type {
  Identifier,
  JoinCondition,
  SqlExpression,
  SqlJoinType,
  SqlSample,
  TableAlias,
  TableExpression,
} from '../ast.ts'
import { OWN_MARK } from '../own-clauses.ts'
import {
  aliasColumns,
  array,
  identifier,
  object,
  objectName,
  optional,
  present,
  refuse,
  spanUnder,
  unsupportedNode,
  variant,
  words,
  type ConvertContext,
  type Raw,
} from './raw.ts'

/** The tables of a FROM list, comma and JOIN alike, as one left-deep tree; null without FROM. */
export function convertFrom(context: ConvertContext, raw: unknown): TableExpression | null {
  let tree: TableExpression | null = null
  for (const each of array(raw)) {
    const table = convertTableWithJoins(context, object(each))
    tree = tree
      ? { kind: 'join', type: 'cross', left: tree, right: table, condition: { kind: 'none' } }
      : table
  }
  return tree
}

function convertTableWithJoins(context: ConvertContext, node: Raw): TableExpression {
  let left = convertFactor(context, node['relation'])
  let before = spanUnder(context, node['relation'])?.start ?? context.start
  for (const raw of array(node['joins'])) {
    const join = object(raw)
    const [operator, constraint] = variant(join['join_operator'])
    const right = convertFactor(context, join['relation'])
    const condition = convertConstraint(context, constraint, raw)
    const start = spanUnder(context, join['relation'])?.start ?? context.end
    // a mark inside parentheses that closed before this table is of a join in there
    const mark = context.dialect.joins.find(({ at, end }) => before < at && at < start && start < end)
    before = start
    const plain = joinTypes[operator]
    const type = mark && plain ? markedJoin(context, mark.kind, plain, join['relation']) : plain
    if (!type) throw unsupportedNode(context, `${words(operator).toUpperCase()} JOIN`, join['relation'])
    left = {
      kind: 'join',
      type: type === 'inner' && condition.kind === 'none' ? 'cross' : type,
      left,
      right,
      condition,
    }
  }
  return left
}

const joinTypes: Readonly<Record<string, SqlJoinType>> = {
  Join: 'inner',
  Inner: 'inner',
  Left: 'left',
  LeftOuter: 'left',
  Right: 'right',
  RightOuter: 'right',
  FullOuter: 'full',
  CrossJoin: 'cross',
  Semi: 'semi',
  LeftSemi: 'semi',
  Anti: 'anti',
  LeftAnti: 'anti',
}

function markedJoin(
  context: ConvertContext,
  kind: 'asof' | 'positional',
  type: SqlJoinType,
  place: unknown,
): SqlJoinType {
  if (type === 'inner') return kind
  if (kind === 'asof' && type === 'left') return 'asof_left'
  throw unsupportedNode(context, `${kind} ${type} join`.toUpperCase(), place)
}

function convertConstraint(context: ConvertContext, raw: unknown, place: unknown): JoinCondition {
  if (!present(raw)) return { kind: 'none' }
  const [kind, content] = variant(raw)
  switch (kind) {
    case 'On':
      return { kind: 'on', expression: context.expression(content) }
    case 'Using':
      return { kind: 'using', columns: array(content).flatMap((name) => objectName(context, name).slice(-1)) }
    case 'Natural':
      return { kind: 'natural' }
    case 'None':
      return { kind: 'none' }
    default:
      throw unsupportedNode(context, `A join with ${words(kind)}`, place)
  }
}

function convertAlias(context: ConvertContext, raw: unknown): TableAlias | null {
  return optional(raw, (value) => {
    const alias = object(value)
    return { name: identifier(context, alias['name']), columns: aliasColumns(context, alias) }
  })
}

function convertFactor(context: ConvertContext, raw: unknown): TableExpression {
  const source = convertUnsampled(context, raw)
  const [, content] = variant(raw)
  const sample = sampleOf(context, object(content))
  return sample ? { kind: 'sample', source, sample } : source
}

/** TABLESAMPLE reaches the parser with its number: see `sql/own-clauses.ts`. */
function sampleOf(context: ConvertContext, node: Raw): SqlSample | null {
  const { clauses } = context.dialect
  const raw = node['sample']
  if (!present(raw)) return null
  const [, sample] = variant(raw)
  const { quantity } = object(sample)
  const number = present(quantity) ? context.expression(object(quantity)['value']) : null
  return (number?.kind === 'number' && clauses.tableSamples[Number(number.text)]) || null
}

/** PIVOT and UNPIVOT reach the parser as a PIVOT of a function whose name has its number. */
function pivotOf(context: ConvertContext, node: Raw, alias: TableAlias | null): TableExpression | null {
  const call = context.expression(object(array(node['aggregate_functions'])[0])['expr'])
  const place = call.kind === 'function' ? OWN_MARK.exec(call.name)?.[1] : undefined
  const clause = context.dialect.clauses.pivots[Number(place ?? -1)]
  return clause ? clause(convertFactor(context, node['table']), alias) : null
}

function convertUnsampled(context: ConvertContext, raw: unknown): TableExpression {
  const [kind, content] = variant(raw)
  const node = object(content)
  const alias = convertAlias(context, node['alias'])
  switch (kind) {
    case 'Table':
      return convertTable(context, node, alias, raw)
    case 'Pivot': {
      const pivot = pivotOf(context, node, alias)
      if (!pivot) throw unsupportedNode(context, 'This PIVOT', raw)
      return pivot
    }
    case 'Derived':
      return {
        kind: 'derived',
        query: context.query(node['subquery']),
        lateral: node['lateral'] === true,
        alias,
      }
    case 'UNNEST': {
      if (node['with_offset'] === true) throw unsupportedNode(context, 'UNNEST … WITH OFFSET', raw)
      const lists = array(node['array_exprs']).map((value) => context.expression(value))
      const ordinality = node['with_ordinality'] === true
      return { kind: 'unnest', lists, ordinality, alias, span: spanUnder(context, raw) }
    }
    case 'Function':
      // LATERAL f(…), which a call in FROM is without the word too
      return convertTable(context, { ...node, args: { args: node['args'] } }, alias, raw)
    case 'NestedJoin': {
      const inner = convertTableWithJoins(context, object(node['table_with_joins']))
      if (alias) throw unsupportedNode(context, 'An alias on a join in parentheses', raw)
      return inner
    }
    default:
      throw unsupportedNode(context, `${words(kind).toUpperCase()} in FROM`, raw)
  }
}

function convertTable(
  context: ConvertContext,
  node: Raw,
  alias: TableAlias | null,
  raw: unknown,
): TableExpression {
  refuse(context, node, raw, { version: 'Time travel', json_path: 'A JSON path' })
  const ordinality = node['with_ordinality'] === true
  const name = objectName(context, node['name'])
  const span = spanUnder(context, node['name']) ?? quotedNameSpan(context, name)
  if (!present(node['args'])) return { kind: 'table', name, alias, span }
  const args: SqlExpression[] = []
  const named: { name: Identifier; value: SqlExpression }[] = []
  for (const each of array(object(node['args'])['args'])) {
    const [form, argument] = variant(each)
    const parts = form === 'Unnamed' ? null : object(argument)
    const [what, value] = variant(parts === null ? argument : parts['arg'])
    if (what !== 'Expr') throw unsupportedNode(context, 'This argument of a table function', each)
    const expression = context.expression(value)
    if (parts !== null) {
      const name =
        form === 'Named' ? identifier(context, parts['name']) : columnName(context.expression(parts['name']))
      if (name === null) throw unsupportedNode(context, 'This name of an argument', each)
      named.push({ name, value: expression })
    } else if (
      expression.kind === 'binary' &&
      expression.op === '=' &&
      expression.left.kind === 'identifier' &&
      expression.left.parts.length === 1
    ) {
      named.push({ name: expression.left.parts[0]!, value: expression.right })
    } else {
      args.push(expression)
    }
  }
  return { kind: 'table_function', name: name.at(-1)!.name, args, named, ordinality, alias, span }
}

function columnName(expression: SqlExpression): Identifier | null {
  return expression.kind === 'identifier' && expression.parts.length === 1 ? expression.parts[0]! : null
}

/** The parser gives no place for FROM 'file.parquet'; the name in quotes is looked up in the statement. */
function quotedNameSpan(context: ConvertContext, name: readonly Identifier[]): ReturnType<typeof spanUnder> {
  const quoted = `'${name.at(-1)!.name}'`
  const at = context.source.text.indexOf(quoted, context.start)
  return at < 0 || at > context.end ? undefined : context.source.span(at, at + quoted.length)
}
