import { PERCENT_MARK } from '../clause-respelling.ts'
import { QUALIFIER_MARK } from '../qualified-respelling.ts'
import { LakebookError, type SourceSpan } from '../../errors.ts'
import type {
  ExcludedName,
  CommonTable,
  GroupBy,
  Identifier,
  Query,
  QueryBody,
  Select,
  SelectItem,
  SqlExpression,
  SqlSortKey,
  StarItem,
  TableExpression,
} from '../ast.ts'
import { OWN_MARK } from '../own-clauses.ts'
import { convertSortKey, convertWindow } from './function.ts'
import { convertFrom } from './from.ts'
import {
  aliasColumns,
  array,
  identifier,
  object,
  objectName,
  optional,
  present,
  rawSpan,
  refuse,
  spanUnder,
  text,
  unsupportedNode,
  variant,
  words,
  type ConvertContext,
  type Raw,
} from './raw.ts'

export function convertQuery(context: ConvertContext, raw: unknown): Query {
  const node = object(raw)
  refuse(context, node, raw, { settings: 'SETTINGS', format_clause: 'FORMAT', for_clause: 'FOR' })
  if (array(node['locks']).length > 0) throw unsupportedNode(context, 'FOR UPDATE', raw)
  if (array(node['pipe_operators']).length > 0) throw unsupportedNode(context, 'The pipe operator', raw)
  const common = optional(node['with'], object)
  return {
    recursive: common?.['recursive'] === true,
    with: array(common?.['cte_tables']).map((table) => convertCommonTable(context, object(table))),
    body: convertBody(context, node['body']),
    orderBy: optional(node['order_by'], (order) => convertOrder(context, object(order))) ?? [],
    ...convertLimit(context, node, raw),
  }
}

function convertCommonTable(context: ConvertContext, node: Raw): CommonTable {
  const alias = object(node['alias'])
  const name = identifier(context, alias['name'])
  return {
    name,
    materialized: context.dialect.materialized.get(name.span?.start ?? -1) ?? null,
    columns: aliasColumns(context, alias),
    query: convertQuery(context, node['query']),
  }
}

function convertOrder(
  context: ConvertContext,
  node: Raw,
): readonly SqlSortKey[] | { readonly all: SqlSortKey } {
  const [kind, content] = variant(node['kind'])
  if (kind !== 'Expressions') throw unsupportedNode(context, `ORDER BY ${words(kind)}`, node)
  const keys = array(content).map((key) => convertSortKey(context, key))
  const only = keys[0]?.expression
  if (keys.length === 1 && only?.kind === 'identifier' && only.parts.length === 1) {
    if (only.parts[0]!.name.toLowerCase() === 'all') return { all: keys[0]! }
  }
  return keys
}

type Bounds = Pick<Query, 'limit' | 'offset' | 'isPercent'>

function convertLimit(context: ConvertContext, node: Raw, raw: unknown): Bounds {
  const at = (value: unknown) => context.expression(value)
  const fetch = optional(node['fetch'], object)
  if (fetch && (fetch['with_ties'] === true || fetch['percent'] === true)) {
    throw unsupportedNode(context, 'FETCH with PERCENT or WITH TIES', raw)
  }
  const fetched = fetch ? optional(fetch['quantity'], at) : null
  if (!present(node['limit_clause'])) return { limit: fetched, offset: null }
  const [kind, content] = variant(node['limit_clause'])
  const clause = object(content)
  if (kind === 'OffsetCommaLimit') return { limit: at(clause['limit']), offset: at(clause['offset']) }
  if (array(clause['limit_by']).length > 0) throw unsupportedNode(context, 'LIMIT … BY', raw)
  const offset = optional(clause['offset'], (value) => at(object(value)['value']))
  const limit = optional(clause['limit'], at) ?? fetched
  if (limit?.kind === 'function' && limit.name === PERCENT_MARK)
    return { limit: limit.args[0]!, offset, isPercent: true }
  return { limit, offset }
}

function convertBody(context: ConvertContext, raw: unknown): QueryBody {
  const [kind, content] = variant(raw)
  switch (kind) {
    case 'Select': {
      const own = ownTable(context, object(content))
      return own ? selectAll(own).body : convertSelect(context, object(content), raw)
    }
    case 'Query':
      return { kind: 'query', query: convertQuery(context, content) }
    case 'Values': {
      const rows = array(object(content)['rows']).map((row) =>
        array(object(row)['content']).map((value) => context.expression(value)),
      )
      return { kind: 'values', rows, span: spanUnder(context, content) }
    }
    case 'SetOperation':
      return convertSetOperation(context, raw)
    default:
      throw unsupportedNode(context, `${words(kind)} inside a query`, raw)
  }
}

/** PIVOT or UNPIVOT as a query, which the parser reads as `SELECT $own0`. */
function ownTable(context: ConvertContext, node: Raw): TableExpression | null {
  const [first] = array(node['projection'])
  const [kind, content] = first === undefined ? ['', undefined] : variant(first)
  if (kind !== 'UnnamedExpr') return null
  const [form, value] = variant(content)
  if (form !== 'Value') return null
  const [literal, name] = variant(object(value)['value'])
  const place = literal === 'Placeholder' ? OWN_MARK.exec(text(name))?.[1] : undefined
  return context.dialect.clauses.tables[Number(place ?? -1)] ?? null
}

/** `SELECT * FROM …`. */
export function selectAll(from: TableExpression): Query {
  return {
    recursive: false,
    with: [],
    body: {
      kind: 'select',
      distinct: 'none',
      items: [star(undefined)],
      from,
      where: null,
      groupBy: { kind: 'none' },
      having: null,
      windows: [],
      qualify: null,
      span: undefined,
    },
    orderBy: [],
    limit: null,
    offset: null,
  }
}

function star(span: SourceSpan | undefined): StarItem {
  return { kind: 'star', table: null, exclude: [], replace: [], rename: [], names: null, span }
}

/** Long chains of UNION ALL lean to the left and are walked, not recursed into. */
function convertSetOperation(context: ConvertContext, raw: unknown): QueryBody {
  const chain: Raw[] = []
  let node = raw
  for (;;) {
    const [kind, content] = variant(node)
    if (kind !== 'SetOperation') break
    chain.push(object(content))
    node = object(content)['left']
  }
  let left = convertBody(context, node)
  for (const link of chain.toReversed()) {
    const [op] = variant(link['op'])
    const [quantifier] = variant(link['set_quantifier'])
    left = {
      kind: 'set',
      op: op === 'Union' ? 'union' : op === 'Intersect' ? 'intersect' : 'except',
      all: quantifier.startsWith('All'),
      byName: quantifier.endsWith('ByName'),
      left,
      right: convertBody(context, link['right']),
    }
  }
  return left
}

function convertSelect(context: ConvertContext, node: Raw, raw: unknown): Select {
  refuse(context, node, raw, {
    top: 'TOP',
    into: 'SELECT INTO',
    prewhere: 'PREWHERE',
    value_table_mode: 'SELECT AS',
  })
  for (const clause of ['lateral_views', 'connect_by', 'cluster_by', 'distribute_by', 'sort_by']) {
    if (array(node[clause]).length > 0)
      throw unsupportedNode(context, clause.replace('_', ' ').toUpperCase(), raw)
  }
  const at = (value: unknown) => context.expression(value)
  const span = spanUnder(context, node['select_token'])
  const items = array(node['projection']).map((item) => convertItem(context, item))
  const bare = node['flavor'] === 'FromFirstNoSelect'
  if (items.length === 0 && !bare) {
    throw new LakebookError('syntax', 'SELECT needs at least one column', {
      span,
      hint: 'Write SELECT * for all columns.',
    })
  }
  const from = convertFrom(context, node['from'])
  const sample = context.dialect.clauses.samples.get(span?.start ?? -1)
  return {
    kind: 'select',
    distinct: convertDistinct(context, node['distinct']),
    items: bare ? [star(span)] : items,
    from: from && sample ? { kind: 'sample', source: from, sample } : from,
    where: optional(node['selection'], at),
    groupBy: convertGroupBy(context, node['group_by']),
    having: optional(node['having'], at),
    windows: array(node['named_window']).map((each) => {
      const [name, definition] = array(each)
      const [kind, content] = variant(definition)
      const owner = identifier(context, name)
      if (kind === 'NamedWindow') {
        const base = identifier(context, content)
        return { name: owner, window: { base, partitionBy: [], orderBy: [], frame: null } }
      }
      return { name: owner, window: convertWindow(context, object(content), owner) }
    }),
    qualify: optional(node['qualify'], at),
    span,
  }
}

function convertDistinct(context: ConvertContext, raw: unknown): Select['distinct'] {
  if (!present(raw)) return 'none'
  const [kind, content] = variant(raw)
  if (kind === 'On') return array(content).map((value) => context.expression(value))
  return kind === 'Distinct' ? 'all_columns' : 'none'
}

function convertGroupBy(context: ConvertContext, raw: unknown): GroupBy {
  const [kind, content] = variant(raw)
  if (kind === 'All') return { kind: 'all' }
  const [expressions, modifiers] = array(content)
  const elements = array(expressions).map((each) => groupingElement(context, each))
  for (const modifier of array(modifiers)) {
    // GROUP BY a, b WITH ROLLUP
    const [name] = variant(modifier)
    if (name !== 'Rollup' && name !== 'Cube')
      throw unsupportedNode(context, `GROUP BY … WITH ${words(name)}`, raw)
    const items = elements.flatMap((element) => element.flat().map((each) => [each]))
    elements.splice(0, elements.length, name === 'Rollup' ? prefixes(items) : subsets(context, items, raw))
  }
  if (elements.length === 0) return { kind: 'none' }
  if (elements.every((element) => element.length === 1)) {
    const list = elements.flatMap((element) => element[0]!)
    return array(expressions).some(isSets)
      ? { kind: 'sets', sets: [list] }
      : { kind: 'expressions', expressions: list }
  }
  let sets: GroupingElement = [[]]
  for (const element of elements) {
    sets = sets.flatMap((set) => element.map((each) => [...set, ...each]))
    if (sets.length > mostGroupingSets)
      throw unsupportedNode(context, `More than ${mostGroupingSets} grouping sets`, raw)
  }
  return { kind: 'sets', sets }
}

const mostGroupingSets = 1024

/** One comma-separated part of GROUP BY: the sets of expressions that it stands for. */
type GroupingElement = readonly (readonly SqlExpression[])[]

function isSets(raw: unknown): boolean {
  return ['Rollup', 'Cube', 'GroupingSets'].includes(variant(raw)[0])
}

function groupingElement(context: ConvertContext, raw: unknown): GroupingElement {
  const [form, content] = variant(raw)
  const at = (value: unknown) => context.expression(value)
  const items = () =>
    array(content).map((item) =>
      array(item).flatMap((value) => {
        const [inner, values] = variant(value)
        return inner === 'Tuple' ? array(values).map(at) : [at(value)]
      }),
    )
  switch (form) {
    case 'Rollup':
      return prefixes(items())
    case 'Cube':
      return subsets(context, items(), raw)
    case 'GroupingSets':
      return items()
    case 'Tuple':
      return [array(content).map(at)]
    default:
      return [[at(raw)]]
  }
}

/** (a, b) → (a, b), (a), (). */
function prefixes(items: GroupingElement): GroupingElement {
  return [...items, []].map((_, index) => items.slice(0, items.length - index).flat())
}

function subsets(context: ConvertContext, items: GroupingElement, raw: unknown): GroupingElement {
  if (2 ** items.length > mostGroupingSets)
    throw unsupportedNode(context, `More than ${mostGroupingSets} grouping sets`, raw)
  return items.reduceRight<GroupingElement>(
    (sets, item) => [...sets.map((set) => [...item, ...set]), ...sets],
    [[]],
  )
}

export function convertItem(context: ConvertContext, raw: unknown): SelectItem {
  const [kind, content] = variant(raw)
  switch (kind) {
    case 'UnnamedExpr':
      return { kind: 'expression', expression: context.expression(content), alias: null }
    case 'ExprWithAlias': {
      const { expr, alias } = object(content)
      return { kind: 'expression', expression: context.expression(expr), alias: identifier(context, alias) }
    }
    case 'Wildcard':
      return convertStar(context, null, object(content), raw)
    case 'QualifiedWildcard': {
      const [target, options] = array(content)
      const [form, name] = variant(target)
      if (form !== 'ObjectName') throw unsupportedNode(context, 'A star after an expression', raw)
      return convertStar(context, objectName(context, name).at(-1) ?? null, object(options), raw)
    }
    default:
      throw unsupportedNode(context, `${words(kind)} in the select list`, raw)
  }
}

export function convertStar(
  context: ConvertContext,
  table: Identifier | null,
  options: Raw,
  raw: unknown,
): StarItem {
  refuse(context, options, raw, { opt_ilike: '* ILIKE' })
  const token = present(options['wildcard_token'])
    ? rawSpan(context, object(options['wildcard_token'])['span'])
    : undefined
  const except = optional(options['opt_except'], object)
  const excluded = optional(options['opt_exclude'], (value) => {
    const [, names] = variant(value)
    const list = array(names)
    // Single holds a name, Multiple a list of names
    return Array.isArray(list[0])
      ? list.flatMap((name) => objectName(context, name).slice(-1))
      : objectName(context, list).slice(-1)
  })
  const replaced = array(optional(options['opt_replace'], object)?.['items'])
  const renamed = optional(options['opt_rename'], (value) => {
    const [, items] = variant(value)
    return Array.isArray(items) ? (items as readonly unknown[]) : [items]
  })
  return {
    kind: 'star',
    table,
    exclude: [
      ...(excluded ?? []),
      ...(except
        ? [except['first_element'], ...array(except['additional_elements'])].map((each) =>
            identifier(context, each),
          )
        : []),
    ].map(qualified),
    replace: replaced.map((item) => {
      const { expr, column_name } = object(item)
      return { name: identifier(context, column_name), expression: context.expression(expr) }
    }),
    rename: (renamed ?? []).map((item) => {
      const { ident, alias } = object(item)
      return { from: identifier(context, ident), to: identifier(context, alias) }
    }),
    names: context.dialect.stars.patterns.get(token?.start ?? -1) ?? null,
    span: token ?? spanUnder(context, raw),
  }
}

/** A name that has a mark in it is that of a table and of a column. */
function qualified({ name, span }: Identifier): ExcludedName {
  const mark = name.indexOf(QUALIFIER_MARK)
  return mark < 0 ? { name, span } : { table: name.slice(0, mark), name: name.slice(mark + 1), span }
}
