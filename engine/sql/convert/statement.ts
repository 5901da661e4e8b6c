import { unsupported } from '../../errors.ts'
import type { ExecuteArgument } from '../statement-ast.ts'
import type { Query, SqlExpression, SqlStatement } from '../ast.ts'
import type { Dialect } from '../dialect.ts'
import type { SourceMap } from '../source-map.ts'
import type { StatementText } from '../statement-text.ts'
import { INNER_SETTING_MESSAGE, isInnerSetting } from '../inner-settings.ts'
import { qualifiedName } from '../qualified-name.ts'
import { convertDelete, convertInsert, convertMerge, convertUpdate } from './change.ts'
import { convertAlterTable, convertCreateTable } from './table.ts'
import { convertExpression, convertValue } from './expression.ts'
import { convertQuery, selectAll } from './query.ts'
import {
  array,
  identifier,
  object,
  objectName,
  optional,
  refuse,
  spanUnder,
  text,
  unsupportedNode,
  variant,
  words,
  type ConvertContext,
  type Raw,
} from './raw.ts'

/** The context of a statement that lies at these offsets. */
export function convertContext(
  source: SourceMap,
  text: StatementText,
  dialect: Dialect,
  start: number,
  end: number,
): ConvertContext {
  const context: ConvertContext = {
    source,
    text,
    dialect,
    start,
    end,
    expression: (raw) => convertExpression(context, raw),
    query: (raw) => convertQuery(context, raw),
  }
  return context
}

export function convertStatement(context: ConvertContext, raw: unknown): SqlStatement {
  const [kind, content] = variant(raw)
  switch (kind) {
    case 'Query':
      return convertQueryStatement(context, content)
    case 'Explain': {
      const { describe_alias, analyze, statement } = object(content)
      const inner = convertStatement(context, statement)
      if (describe_alias === 'Explain')
        return { kind: 'explain', analyze: analyze === true, statement: inner }
      if (inner.kind === 'query') return { kind: 'describe', query: inner.query }
      throw unsupportedNode(context, 'DESCRIBE of a statement that is not a query', raw)
    }
    case 'ExplainTable':
      return { kind: 'describe', query: queryOfTable(context, object(content)['table_name']) }
    case 'ShowTables': {
      const { show_in } = object(object(content)['show_options'])
      const schema = optional(show_in, (place) => objectName(context, object(place)['parent_name']).at(-1)!)
      return { kind: 'show_tables', schema }
    }
    case 'ShowColumns': {
      const { show_options } = object(content)
      const place = object(object(show_options)['show_in'])
      return { kind: 'describe', query: queryOfTable(context, place['parent_name']) }
    }
    case 'ShowDatabases':
      return ofCatalog('show_databases')
    case 'ShowSchemas':
      return ofCatalog('show_schemas')
    case 'Use': {
      const [form, name] = variant(content)
      const parts = form === 'Object' ? objectName(context, name).map((part) => part.name.toLowerCase()) : []
      if (!['memory', 'main', 'memory.main'].includes(parts.join('.')))
        throw unsupportedNode(context, 'USE of anything but memory', raw)
      return { kind: 'nothing', message: 'It is used already' }
    }
    case 'Load':
    case 'Install': {
      const { name } = identifier(context, object(content)['extension_name'])
      if (!BUILT_IN.has(name.toLowerCase())) throw unsupportedNode(context, `The extension ${name}`, raw)
      return { kind: 'nothing', message: `What ${name} gives is there already` }
    }
    case 'ShowVariable': {
      const name = array(object(content)['variable'])
        .map((part) => text(object(part)['value']))
        .join('.')
      return { kind: 'show_setting', name, span: spanUnder(context, content) }
    }
    case 'CreateTable':
      return convertCreateTable(context, object(content), raw)
    case 'CreateView':
      return convertCreateView(context, object(content), raw)
    case 'Insert':
      return convertInsert(context, object(content), raw)
    case 'Update':
      return convertUpdate(context, object(content), raw)
    case 'Delete':
      return convertDelete(context, object(content), raw)
    case 'Merge':
      return convertMerge(context, object(content), raw)
    case 'Truncate': {
      const [only, ...more] = array(object(content)['table_names'])
      if (only === undefined || more.length > 0)
        throw unsupportedNode(context, 'TRUNCATE of several tables', raw)
      return { kind: 'truncate', name: objectName(context, object(only)['name']) }
    }
    case 'AlterTable':
      return convertAlterTable(context, object(content), raw)
    case 'CreateIndex': {
      const { name, table_name, columns, unique, if_not_exists, predicate } = object(content)
      if (predicate !== undefined && predicate !== null)
        throw unsupportedNode(context, 'An index of some rows only', raw)
      return {
        kind: 'create_index',
        name: optional(name, (given) => objectName(context, given).at(-1)!),
        table: objectName(context, table_name),
        columns: array(columns).map((column) => context.expression(object(object(column)['column'])['expr'])),
        isUnique: unique === true,
        ifNotExists: if_not_exists === true,
      }
    }
    case 'CreateMacro':
      return convertCreateMacro(context, object(content))
    case 'DropFunction': {
      const { func_desc, if_exists } = object(content)
      const [only] = array(func_desc)
      return {
        kind: 'drop_macro',
        name: objectName(context, object(only)['name']).at(-1)!,
        ifExists: if_exists === true,
      }
    }
    case 'CreateSchema': {
      const { schema_name, if_not_exists } = object(content)
      const [form, name] = variant(schema_name)
      if (form !== 'Simple') throw unsupportedNode(context, 'CREATE SCHEMA … AUTHORIZATION', raw)
      return {
        kind: 'create_schema',
        name: objectName(context, name).at(-1)!,
        ifNotExists: if_not_exists === true,
      }
    }
    case 'Prepare': {
      const { name, statement } = object(content)
      return {
        kind: 'prepare',
        name: identifier(context, name),
        statement: convertStatement(context, statement),
      }
    }
    case 'Execute': {
      const { name, parameters } = object(content)
      const args = array(parameters).map((value) => executeArgument(context, value))
      return { kind: 'execute', name: objectName(context, name).at(-1)!, args }
    }
    case 'Deallocate': {
      const name = identifier(context, object(content)['name'])
      return { kind: 'deallocate', name: name.name.toLowerCase() === 'all' ? null : name }
    }
    case 'Comment':
      return { kind: 'nothing', message: 'Comments are not kept' }
    case 'Analyze':
    case 'Vacuum':
      return { kind: 'nothing', message: 'There is nothing to do' }
    case 'Pragma':
      return convertPragma(context, object(content), raw)
    case 'StartTransaction':
      return { kind: 'transaction', action: 'begin' }
    case 'Commit':
      return { kind: 'transaction', action: 'commit' }
    case 'Rollback':
      refuse(context, object(content), raw, { savepoint: 'ROLLBACK TO a savepoint' })
      return { kind: 'transaction', action: 'rollback' }
    case 'Drop': {
      const { object_type, names, if_exists } = object(content)
      const type = text(object_type).toLowerCase()
      if (type === 'schema') {
        const [name] = array(names)
        const cascade = object(content)['cascade'] === true
        return {
          kind: 'drop_schema',
          name: objectName(context, name).at(-1)!,
          ifExists: if_exists === true,
          cascade,
        }
      }
      if (type === 'sequence') {
        const [name] = array(names)
        const parts = objectName(context, name)
        return {
          kind: 'drop_sequence',
          name: { name: qualifiedName(parts), span: parts.at(-1)!.span },
          ifExists: if_exists === true,
          cascade: object(content)['cascade'] === true,
        }
      }
      if (type === 'type') {
        const name = objectName(context, array(names)[0]).at(-1)!
        return { kind: 'drop_type', name, ifExists: if_exists === true }
      }
      if (type === 'index') {
        const name = objectName(context, array(names)[0]).at(-1)!
        return { kind: 'drop_index', name, ifExists: if_exists === true }
      }
      if (type !== 'table' && type !== 'view')
        throw unsupportedNode(context, `DROP ${type.toUpperCase()}`, raw)
      return {
        kind: 'drop',
        object: type,
        names: array(names).map((name) => objectName(context, name)),
        ifExists: if_exists === true,
      }
    }
    case 'Set': {
      const [form, assignment] = variant(content)
      if (form !== 'SingleAssignment') throw unsupportedNode(context, `SET ${words(form)}`, raw)
      return convertSet(context, object(assignment), raw)
    }
    case 'Reset': {
      const { reset } = object(content)
      const [form, name] = variant(reset)
      const span = spanUnder(context, reset)
      if (form === 'ALL') return { kind: 'reset', name: null, span }
      return { kind: 'reset', name: settingName(context, name), span }
    }
    default:
      throw unsupported(
        `The statement ${words(kind).toUpperCase()}`,
        context.source.span(context.start, context.end),
      )
  }
}

/** `WITH … INSERT` comes as a query whose body is the INSERT, and so do the other changes. */
function convertQueryStatement(context: ConvertContext, raw: unknown): SqlStatement {
  const [body, inner] = variant(object(raw)['body'])
  if (!['Insert', 'Update', 'Delete', 'Merge'].includes(body))
    return { kind: 'query', query: context.query(raw) }
  const statement = convertStatement(context, inner)
  if (!('returning' in statement)) throw unsupportedNode(context, `${words(statement.kind)} after WITH`, raw)
  const { with: tables, recursive } = context.query({ ...object(raw), body: { Values: { rows: [] } } })
  return { ...statement, with: { with: tables, recursive } }
}

/** `SELECT * FROM name`. */
export function queryOfTable(context: ConvertContext, rawName: unknown): Query {
  const span = spanUnder(context, rawName)
  return selectAll({ kind: 'table', name: objectName(context, rawName), alias: null, span })
}

function convertCreateView(context: ConvertContext, node: Raw, raw: unknown): SqlStatement {
  if (node['materialized'] === true) throw unsupportedNode(context, 'A materialized view', raw)
  // the query is what stands behind the AS that follows the name and its columns
  const heading = spanUnder(context, [node['name'], node['columns']])
  const rest = context.source.text.slice(heading?.end ?? context.start, context.end)
  const as = /\bas\b/iu.exec(rest)
  return {
    kind: 'create_view',
    name: objectName(context, node['name']),
    orReplace: node['or_replace'] === true,
    ifNotExists: node['if_not_exists'] === true,
    columns: array(node['columns']).map((column) => identifier(context, object(column)['name'])),
    query: context.query(node['query']),
    text: rest.slice(as ? as.index + 2 : 0).trim(),
  }
}

function settingName(context: ConvertContext, raw: unknown): string {
  return objectName(context, raw)
    .map((part) => part.name.toLowerCase())
    .join('.')
}

function convertSet(context: ConvertContext, node: Raw, raw: unknown): SqlStatement {
  const values = array(node['values'])
  if (values.length !== 1) throw unsupportedNode(context, 'SET with several values', raw)
  const value: SqlExpression = context.expression(values[0])
  const name = settingName(context, node['variable'])
  const span = spanUnder(context, raw)
  const isDefault =
    value.kind === 'identifier' &&
    value.parts.length === 1 &&
    value.parts[0]!.name.toLowerCase() === 'default'
  return isDefault ? { kind: 'reset', name, span } : { kind: 'set', name, value, span }
}

/** `3`, or `name := 3`. */
function executeArgument(context: ConvertContext, raw: unknown): ExecuteArgument {
  const [form, content] = variant(raw)
  const { op, left, right } = form === 'BinaryOp' ? object(content) : {}
  if (op !== 'Assignment') return { name: null, value: context.expression(raw) }
  const name = context.expression(left)
  if (name.kind !== 'identifier' || name.parts.length !== 1)
    throw unsupportedNode(context, 'This name of a parameter', left)
  return { name: name.parts[0]!, value: context.expression(right) }
}

function convertCreateMacro(context: ConvertContext, node: Raw): SqlStatement {
  const [form, definition] = variant(node['definition'])
  return {
    kind: 'create_macro',
    orReplace: node['or_replace'] === true,
    ifNotExists: false,
    name: objectName(context, node['name']).at(-1)!,
    parameters: array(node['args']).map((each) => {
      const { name, default_expr } = object(each)
      return {
        name: identifier(context, name),
        default: optional(default_expr, (value) => context.expression(value)),
      }
    }),
    body: form === 'Table' ? context.query(definition) : context.expression(definition),
  }
}

/** Extensions of DuckDB's for what the engine has. */
const BUILT_IN: ReadonlySet<string> = new Set(['json', 'parquet', 'icu', 'core_functions', 'iceberg'])

/** The rows of a table about tables. */
function ofCatalog(name: string): SqlStatement {
  const args = { args: [], named: [], ordinality: false, alias: null, span: undefined }
  return { kind: 'query', query: selectAll({ kind: 'table_function', name, ...args }) }
}

/** PRAGMA name = value is SET; PRAGMA table_info('t') is a query. */
function convertPragma(context: ConvertContext, node: Raw, raw: unknown): SqlStatement {
  const name = objectName(context, node['name']).at(-1)!
  const span = spanUnder(context, raw)
  const value = optional(node['value'], (given) => convertValue(context, object(given), given))
  const word = name.name.toLowerCase()
  if (node['is_eq'] === true && value) return { kind: 'set', name: word, value, span }
  if (isInnerSetting(word)) return { kind: 'nothing', message: INNER_SETTING_MESSAGE }
  if (word === 'database_list') return ofCatalog('pragma_database_list')
  if (word === 'show_tables') return { kind: 'show_tables', schema: null }
  if (word === 'table_info' && value) {
    const table = {
      kind: 'table_function',
      name: 'pragma_table_info',
      args: [value],
      named: [],
      ordinality: false,
      alias: null,
      span,
    } as const
    return { kind: 'query', query: selectAll(table) }
  }
  throw unsupportedNode(context, `PRAGMA ${name.name}`, raw)
}
