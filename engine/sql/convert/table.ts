import { typeName, type DataType } from '../../arrow/types.ts'
import { LakebookError } from '../../errors.ts'
import type {
  AlterTable,
  ColumnDefinition,
  Identifier,
  SqlExpression,
  SqlForeignKey,
  SqlStatement,
  TableConstraints,
} from '../ast.ts'
import { convertType, hasType } from './data-type.ts'
import {
  array,
  collationName,
  identifier,
  object,
  objectName,
  present,
  refuse,
  unsupportedNode,
  variant,
  words,
  type ConvertContext,
  type Raw,
} from './raw.ts'

interface Column extends TableConstraints {
  readonly column: ColumnDefinition
}

export function convertCreateTable(context: ConvertContext, node: Raw, raw: unknown): SqlStatement {
  refuse(context, node, raw, { like: 'CREATE TABLE LIKE', clone: 'CLONE', partition_by: 'PARTITION BY' })
  const columns = array(node['columns']).map((column) => convertColumn(context, object(column)))
  const all: readonly TableConstraints[] = [
    ...columns,
    ...array(node['constraints']).map((each) => convertConstraint(context, each, raw)),
  ]
  return {
    kind: 'create_table',
    name: objectName(context, node['name']),
    orReplace: node['or_replace'] === true,
    ifNotExists: node['if_not_exists'] === true,
    temporary: node['temporary'] === true,
    columns: columns.map(({ column }) => column),
    constraints: {
      keys: all.flatMap(({ keys }) => keys),
      checks: all.flatMap(({ checks }) => checks),
      foreignKeys: all.flatMap(({ foreignKeys }) => foreignKeys),
    },
    query: present(node['query']) ? context.query(node['query']) : null,
  }
}

export function convertColumn(context: ConvertContext, node: Raw): Column {
  const name = identifier(context, node['name'])
  if (!hasType(node['data_type'])) {
    throw new LakebookError('syntax', `The column ${name.name} needs a type`, { span: name.span })
  }
  let notNull = false
  let collation: string | null = null
  let fallback: SqlExpression | null = null
  let generated: SqlExpression | null = null
  const keys: { readonly columns: readonly Identifier[]; readonly primary: boolean }[] = []
  const checks: SqlExpression[] = []
  const foreignKeys: SqlForeignKey[] = []
  for (const each of array(node['options'])) {
    const [option, content] = variant(object(each)['option'])
    switch (option) {
      case 'NotNull':
        notNull = true
        break
      case 'Null':
        break
      case 'Default':
        fallback = context.expression(content)
        break
      case 'PrimaryKey':
      case 'Unique':
        keys.push({ columns: [name], primary: option === 'PrimaryKey' })
        break
      case 'Check':
        checks.push(context.expression(object(content)['expr']))
        break
      case 'ForeignKey':
        foreignKeys.push(convertForeignKey(context, object(content), [name]))
        break
      case 'Collation':
        collation = collationName(context, content)
        break
      case 'Generated': {
        const { generation_expr } = object(content)
        if (!present(generation_expr)) throw unsupportedNode(context, 'An IDENTITY column', node)
        generated = context.expression(generation_expr)
        break
      }
      default:
        throw unsupportedNode(context, `The column option ${words(option)}`, node)
    }
  }
  const plain = convertType(context, node['data_type'], node)
  if (collation !== null && plain.kind !== 'utf8') {
    throw new LakebookError('type', `COLLATE is for VARCHAR, not ${typeName(plain)}`, { span: name.span })
  }
  const type: DataType = collation === null ? plain : { kind: 'utf8', collation }
  return { column: { name, type, notNull, default: fallback, generated }, keys, checks, foreignKeys }
}

function convertConstraint(context: ConvertContext, raw: unknown, place: unknown): TableConstraints {
  const [kind, content] = variant(raw)
  const node = object(content)
  const none: TableConstraints = { keys: [], checks: [], foreignKeys: [] }
  switch (kind) {
    case 'PrimaryKey':
    case 'Unique':
      return {
        ...none,
        keys: [{ columns: keyColumns(context, node, place), primary: kind === 'PrimaryKey' }],
      }
    case 'Check':
      return { ...none, checks: [context.expression(node['expr'])] }
    case 'ForeignKey': {
      const columns = array(node['columns']).map((column) => identifier(context, column))
      return { ...none, foreignKeys: [convertForeignKey(context, node, columns)] }
    }
    default:
      throw unsupportedNode(context, `The constraint ${words(kind)}`, place)
  }
}

function keyColumns(context: ConvertContext, node: Raw, place: unknown): readonly Identifier[] {
  return array(node['columns']).map((each) => {
    const expression = context.expression(object(object(each)['column'])['expr'])
    if (expression.kind === 'identifier' && expression.parts.length === 1) return expression.parts[0]!
    throw unsupportedNode(context, 'A key over an expression', place)
  })
}

function convertForeignKey(
  context: ConvertContext,
  node: Raw,
  columns: readonly Identifier[],
): SqlForeignKey {
  for (const rule of ['on_delete', 'on_update']) {
    if (!present(node[rule])) continue
    const [action] = variant(node[rule])
    if (action !== 'Restrict' && action !== 'NoAction')
      throw unsupportedNode(
        context,
        `A foreign key with ${words(rule).replace('_', ' ')} ${words(action)}`,
        node,
      )
  }
  return {
    columns,
    table: objectName(context, node['foreign_table']),
    referenced: array(node['referred_columns']).map((column) => identifier(context, column)),
  }
}

export function convertAlterTable(context: ConvertContext, node: Raw, raw: unknown): SqlStatement {
  return {
    kind: 'alter_table',
    name: objectName(context, node['name']),
    ifExists: node['if_exists'] === true,
    changes: array(node['operations']).flatMap((each) => convertChange(context, each, raw)),
  }
}

function convertChange(context: ConvertContext, each: unknown, raw: unknown): readonly AlterTable[] {
  const [kind, content] = variant(each)
  const node = object(content)
  switch (kind) {
    case 'AddColumn': {
      const { column, keys, checks, foreignKeys } = convertColumn(context, object(node['column_def']))
      if (keys.length + checks.length + foreignKeys.length > 0)
        throw unsupportedNode(context, 'ADD COLUMN with a constraint', raw)
      return [{ kind: 'add_column', column, ifNotExists: node['if_not_exists'] === true }]
    }
    case 'DropColumn':
      return array(node['column_names']).map((name) => ({
        kind: 'drop_column',
        column: identifier(context, name),
        ifExists: node['if_exists'] === true,
      }))
    case 'RenameColumn': {
      const column = identifier(context, node['old_column_name'])
      return [{ kind: 'rename_column', column, to: identifier(context, node['new_column_name']) }]
    }
    case 'RenameTable': {
      const [, name] = variant(node['table_name'])
      return [{ kind: 'rename', to: objectName(context, name) }]
    }
    case 'AlterColumn':
      return [convertAlterColumn(context, identifier(context, node['column_name']), node['op'], raw)]
    case 'AddConstraint': {
      const { keys, checks, foreignKeys } = convertConstraint(context, node['constraint'], raw)
      if (checks.length + foreignKeys.length > 0)
        throw unsupportedNode(context, 'ADD of a constraint that is no key', raw)
      return keys.map((key) => ({ kind: 'add_key', ...key }))
    }
    default:
      throw unsupportedNode(context, `ALTER TABLE … ${words(kind).toUpperCase()}`, raw)
  }
}

function convertAlterColumn(
  context: ConvertContext,
  column: Identifier,
  op: unknown,
  raw: unknown,
): AlterTable {
  const [kind, content] = variant(op)
  switch (kind) {
    case 'SetNotNull':
    case 'DropNotNull':
      return { kind: 'set_not_null', column, notNull: kind === 'SetNotNull' }
    case 'SetDefault':
      return { kind: 'set_default', column, value: context.expression(object(content)['value']) }
    case 'DropDefault':
      return { kind: 'set_default', column, value: null }
    case 'SetDataType': {
      const type = convertType(context, object(content)['data_type'], raw)
      return { kind: 'set_type', column, type, using: context.dialect.clauses.using }
    }
    default:
      throw unsupportedNode(context, `ALTER COLUMN … ${words(kind).toUpperCase()}`, raw)
  }
}
