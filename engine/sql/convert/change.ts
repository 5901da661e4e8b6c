import type {
  Assignment,
  Identifier,
  MergeClause,
  SelectItem,
  SqlConflict,
  SqlExpression,
  SqlMerge,
  SqlStatement,
} from '../ast.ts'
import { MERGE_MARK } from '../merge-respelling.ts'
import { convertFrom } from './from.ts'
import { convertItem } from './query.ts'
import {
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

const noWith = { with: [], recursive: false }

export function convertInsert(context: ConvertContext, node: Raw, raw: unknown): SqlStatement {
  refuse(context, node, raw, { partitioned: 'INSERT … PARTITION' })
  const [form, name] = variant(node['table'])
  if (form !== 'TableName') throw unsupportedNode(context, 'INSERT into something that is not a table', raw)
  const marks = context.dialect.clauses.insert
  return {
    kind: 'insert',
    name: objectName(context, name),
    alias: optional(node['table_alias'], (alias) => identifier(context, object(alias)['alias'] ?? alias)),
    with: noWith,
    columns: array(node['columns']).flatMap((column) => objectName(context, column).slice(-1)),
    query: present(node['source']) ? context.query(node['source']) : null,
    byName: marks?.byName ?? false,
    conflict:
      orConflict(context, node, raw) ??
      optional(node['on'], (on) => convertConflict(context, on, raw)) ??
      marks?.conflict ??
      null,
    returning: convertReturning(context, node['returning']) ?? marks?.returning ?? null,
  }
}

/** INSERT OR IGNORE and INSERT OR REPLACE. */
function orConflict(context: ConvertContext, node: Raw, raw: unknown): SqlConflict | null {
  if (!present(node['or'])) return null
  const [how] = variant(node['or'])
  const span = spanUnder(context, raw)
  if (how === 'Ignore') return { columns: [], update: null, span }
  if (how === 'Replace') return { columns: [], update: { assignments: 'all', where: null }, span }
  throw unsupportedNode(context, `INSERT OR ${how.toUpperCase()}`, raw)
}

function convertConflict(context: ConvertContext, on: unknown, raw: unknown): SqlConflict {
  const [form, content] = variant(on)
  if (form !== 'OnConflict') throw unsupportedNode(context, 'ON DUPLICATE KEY', raw)
  const { conflict_target, action } = object(content)
  const columns = optional(conflict_target, (target) => {
    const [kind, list] = variant(target)
    if (kind !== 'Columns') throw unsupportedNode(context, 'ON CONFLICT ON CONSTRAINT', raw)
    return array(list).map((column) => identifier(context, column))
  })
  const [what, update] = variant(action)
  const span = spanUnder(context, on) ?? spanUnder(context, raw)
  if (what !== 'DoUpdate') return { columns: columns ?? [], update: null, span }
  const { assignments, selection } = object(update)
  return {
    columns: columns ?? [],
    update: {
      assignments: convertAssignments(context, assignments),
      where: optional(selection, (value) => context.expression(value)),
    },
    span,
  }
}

function convertReturning(context: ConvertContext, raw: unknown): readonly SelectItem[] | null {
  return optional(raw, (items) => array(items).map((item) => convertItem(context, item)))
}

/** `a = 1`, `(a, b) = (1, 2)`. */
function convertAssignments(context: ConvertContext, raw: unknown): readonly Assignment[] {
  return array(raw).flatMap((each) => {
    const { target, value } = object(each)
    const [form, content] = variant(target)
    const expression = context.expression(value)
    if (form === 'ColumnName')
      return [{ column: objectName(context, content).at(-1)!, value: orDefault(expression) }]
    const columns = array(content).map((column) => objectName(context, column).at(-1)!)
    if (expression.kind !== 'tuple' || expression.items.length !== columns.length) {
      throw unsupportedNode(context, 'This assignment to several columns', each)
    }
    return columns.map((column, index) => ({ column, value: orDefault(expression.items[index]!) }))
  })
}

function orDefault(value: SqlExpression): SqlExpression | null {
  const isDefault =
    value.kind === 'identifier' &&
    value.parts.length === 1 &&
    value.parts[0]!.name.toLowerCase() === 'default'
  return isDefault ? null : value
}

/** The name and alias of the table that is changed. */
function convertTarget(
  context: ConvertContext,
  relation: unknown,
  raw: unknown,
): { readonly name: readonly Identifier[]; readonly alias: Identifier | null } {
  const [kind, content] = variant(relation)
  if (kind !== 'Table') throw unsupportedNode(context, 'A change of something that is not a table', raw)
  const { name, alias } = object(content)
  return {
    name: objectName(context, name),
    alias: optional(alias, (value) => identifier(context, object(value)['name'])),
  }
}

export function convertUpdate(context: ConvertContext, node: Raw, raw: unknown): SqlStatement {
  refuse(context, node, raw, { or: 'UPDATE OR', limit: 'UPDATE … LIMIT' })
  const table = object(node['table'])
  if (array(table['joins']).length > 0) throw unsupportedNode(context, 'UPDATE of a join', raw)
  const from = optional(node['from'], (value) => {
    const [place, tables] = variant(value)
    if (place !== 'AfterSet') throw unsupportedNode(context, 'FROM before SET', raw)
    return convertFrom(context, tables)
  })
  return {
    kind: 'update',
    ...convertTarget(context, table['relation'], raw),
    with: noWith,
    assignments: convertAssignments(context, node['assignments']),
    from,
    where: optional(node['selection'], (value) => context.expression(value)),
    returning: convertReturning(context, node['returning']),
  }
}

export function convertDelete(context: ConvertContext, node: Raw, raw: unknown): SqlStatement {
  refuse(context, node, raw, { limit: 'DELETE … LIMIT' })
  const [, tables] = variant(node['from'])
  const [only, ...more] = array(tables)
  if (only === undefined || more.length > 0 || array(object(only)['joins']).length > 0)
    throw unsupportedNode(context, 'DELETE from several tables', raw)
  return {
    kind: 'delete',
    ...convertTarget(context, object(only)['relation'], raw),
    with: noWith,
    using: optional(node['using'], (value) => convertFrom(context, value)),
    where: optional(node['selection'], (value) => context.expression(value)),
    returning: convertReturning(context, node['returning']),
  }
}

const whens = {
  Matched: 'matched',
  NotMatched: 'not_matched',
  NotMatchedByTarget: 'not_matched',
  NotMatchedBySource: 'not_matched_by_source',
} as const

export function convertMerge(context: ConvertContext, node: Raw, raw: unknown): SqlStatement {
  const source = convertFrom(context, [{ relation: node['source'], joins: [] }])
  if (!source) throw unsupportedNode(context, 'MERGE without a source', raw)
  const output = optional(node['output'], (value) => {
    const [form, content] = variant(value)
    if (form !== 'Returning') throw unsupportedNode(context, 'OUTPUT', raw)
    return convertReturning(context, object(content)['select_items'])
  })
  return {
    kind: 'merge',
    ...convertTarget(context, node['table'], raw),
    with: noWith,
    source,
    on: mergeCondition(context.expression(node['on'])),
    clauses: array(node['clauses']).map((clause) => convertMergeClause(context, object(clause), raw)),
    returning: output,
  }
}

function mergeCondition(on: SqlExpression): SqlMerge['on'] {
  if (on.kind !== 'function' || on.name !== MERGE_MARK.using) return on
  return on.args.flatMap((arg) => (arg.kind === 'identifier' ? arg.parts.slice(-1) : []))
}

/** What a mark in the place of a column stands for; null for a column. */
function markedAction(verb: 'update' | 'insert', column: string | undefined): MergeClause['action'] | null {
  if (column === MERGE_MARK.nothing) return { kind: 'nothing' }
  if (column === MERGE_MARK.position) return { kind: 'all', verb, by: 'position' }
  return column === MERGE_MARK.name ? { kind: 'all', verb, by: 'name' } : null
}

function convertMergeClause(context: ConvertContext, node: Raw, raw: unknown): MergeClause {
  const [kind] = variant(node['clause_kind'])
  const when = whens[kind as keyof typeof whens]
  const condition = optional(node['predicate'], (value) => context.expression(value))
  const [what, content] = variant(node['action'])
  switch (what) {
    case 'Update': {
      const assignments = convertAssignments(context, object(content)['assignments'])
      const action = markedAction('update', assignments[0]?.column.name)
      return { when, condition, action: action ?? { kind: 'update', assignments } }
    }
    case 'Delete':
      return { when, condition, action: { kind: 'delete' } }
    case 'Insert': {
      const { columns, kind: source } = object(content)
      const [form, values] = variant(source)
      const [row, ...more] = form === 'Values' ? array(object(values)['rows']) : []
      if (row === undefined || more.length > 0) throw unsupportedNode(context, 'This INSERT of MERGE', raw)
      const list = array(object(row)['content']).map((value) => context.expression(value))
      const mark = list[0]?.kind === 'identifier' ? list[0].parts[0]?.name : undefined
      return {
        when,
        condition,
        action: markedAction('insert', mark) ?? {
          kind: 'insert',
          columns: array(columns).flatMap((column) => objectName(context, column).slice(-1)),
          values: list,
        },
      }
    }
    default:
      throw unsupportedNode(context, `${words(what).toUpperCase()} in MERGE`, raw)
  }
}
