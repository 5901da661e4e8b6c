import { types } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import { columnReference } from '../plan/column-ids.ts'
import type { Column } from '../plan/plan.ts'
import { columnNode, type PolarsExpression } from './expression.ts'
import { findColumn, projectFrame, type Frame } from './frame.ts'
import { columnsNamed } from './frame-rows.ts'
import { call, castTo, int64 } from './lowered.ts'
import { nameFrom } from './lambda-name.ts'
import { Lowering, WHOLE_FRAME } from './lowering.ts'
import { callExpressionMethod } from './method-registry.ts'
import { asDtype, type BoundArguments } from './parameters.ts'
import { polarsCast } from './polars-cast.ts'
import { withColumns } from './select.ts'
import { RUNNING } from './stage.ts'
import { toExpression, type LambdaValue, type Value } from './values.ts'

export function rename(frame: Frame, args: BoundArguments): Frame {
  const mapping = args.value('mapping')
  if (mapping?.kind === 'lambda') return renamedBy(frame, mapping, args)
  if (mapping?.kind !== 'dict') throw args.invalid('mapping', 'a dict of old and new names')
  const names = new Map<string, string>()
  for (const [from, to] of mapping.entries) {
    if (
      from.kind !== 'scalar' ||
      to.kind !== 'scalar' ||
      typeof from.value !== 'string' ||
      typeof to.value !== 'string'
    ) {
      throw args.invalid('mapping', 'a dict of old and new names')
    }
    if (args.bool('strict', true)) findColumn(frame, from.value, args.span)
    names.set(from.value, to.value)
  }
  return withNames(frame, (name) => names.get(name) ?? name, args)
}

function renamedBy(frame: Frame, lambda: LambdaValue, args: BoundArguments): Frame {
  return withNames(frame, (name) => nameFrom(lambda, name, args.span), args)
}

function withNames(frame: Frame, nameOf: (name: string) => string, args: BoundArguments): Frame {
  const outputs = frame.columns.map((column) => ({
    name: nameOf(column.name),
    expression: columnReference(column),
  }))
  const seen = new Set<string>()
  for (const { name } of outputs) {
    if (seen.has(name))
      throw new LakebookError('invalid_argument', `Two columns would be called "${name}"`, {
        span: args.span,
      })
    seen.add(name)
  }
  return projectFrame(frame, outputs)
}

export function drop(frame: Frame, args: BoundArguments): Frame {
  const strict = args.bool('strict', true)
  const expressions = args.expressions('columns').map((expression) => {
    if (strict || expression.kind !== 'columns' || expression.selector.kind !== 'names') return expression
    return { ...expression, selector: { ...expression.selector, required: false } }
  })
  const dropped = new Set(columnsNamed(frame, expressions, 'drop'))
  return keep(
    frame,
    frame.columns.filter((column) => !dropped.has(column)),
  )
}

function keep(frame: Frame, columns: readonly Column[]): Frame {
  return projectFrame(
    frame,
    columns.map((column) => ({ name: column.name, expression: columnReference(column) })),
  )
}

export function withRowIndex(frame: Frame, args: BoundArguments, otherwise = 'index'): Frame {
  const lowering = new Lowering(frame)
  const position = lowering.ordered('row_number', [], WHOLE_FRAME, RUNNING)
  const offset = args.int('offset', 0) - 1
  const index = castTo(call('+', [position, int64(offset)]), types.uint32)
  const staged = lowering.stage.finish()
  const others = frame.columns.map((column) => ({ name: column.name, expression: columnReference(column) }))
  return projectFrame(staged, [{ name: args.string('name', otherwise), expression: index }, ...others])
}

export function castColumns(frame: Frame, args: BoundArguments): Frame {
  const isTry = !args.bool('strict', true)
  const given = args.value('dtypes')
  const targets = new Map<string, Extract<Value, { kind: 'dtype' }>>()
  const whole = given === undefined ? undefined : asDtype(given)
  if (whole?.kind === 'dtype') for (const column of frame.columns) targets.set(column.name, whole)
  else if (given?.kind === 'dict') {
    for (const [key, value] of given.entries) {
      const type = asDtype(value)
      if (type.kind !== 'dtype') throw args.invalid('dtypes', 'a type, or a dict of names and types')
      for (const column of columnsOfKey(frame, key, args)) targets.set(column.name, type)
    }
  } else throw args.invalid('dtypes', 'a type, or a dict of names and types')
  return projectFrame(
    frame,
    frame.columns.map((column) => {
      const target = targets.get(column.name)
      const value = columnReference(column)
      return {
        name: column.name,
        expression: target === undefined ? value : polarsCast(value, target.type, isTry),
      }
    }),
  )
}

/** The columns that a key of a dict names: by their name, a selector or their type. */
function columnsOfKey(frame: Frame, key: Value, args: BoundArguments): readonly Column[] {
  if (key.kind === 'scalar' && typeof key.value === 'string') return [findColumn(frame, key.value, args.span)]
  return columnsNamed(frame, [toExpression(asDtype(key), 'column', args.span)], args.method)
}

/** Nulls are filled in the columns whose type the value fits. */
export function fillNull(frame: Frame, args: BoundArguments): Frame {
  const strategy = args.value('strategy')
  const limit = args.value('limit')
  const keywords = [
    ...(strategy === undefined ? [] : [{ name: 'strategy', value: strategy, span: args.span }]),
    ...(limit === undefined ? [] : [{ name: 'limit', value: limit, span: args.span }]),
  ]
  const values = args.has('value')
    ? [{ kind: 'expression', expression: args.expression('value') } as const]
    : []
  const [fill] = args.expressions('value')
  const columns = frame.columns.filter(
    (column) => column.nullable && (fill === undefined || fillFits(fill, column)),
  )
  if (columns.length === 0) return frame
  const filled = columns.map((column) =>
    callExpressionMethod(
      columnNode(column.name),
      'fill_null',
      { args: values, keywords, span: args.span },
      args.span,
    ),
  )
  return withColumns(frame, filled, args.span)
}

function fillFits(fill: PolarsExpression, column: Column): boolean {
  if (fill.kind !== 'literal') return true
  const { kind } = column.type
  if (typeof fill.value === 'string') return kind === 'utf8'
  if (typeof fill.value === 'boolean') return kind === 'bool'
  return /^u?int|^float|^decimal/.test(kind)
}
