import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import type { Column } from '../plan/plan.ts'
import { checkSize, type CallNode, type PolarsExpression } from './expression.ts'
import { isOneValue } from './frame.ts'
import { isSingleName, selectColumns, type ColumnSelector } from './selector.ts'

/** One output column of select, with_columns or agg. */
export interface Output {
  readonly name: string
  readonly expression: PolarsExpression
}

/** One output for each column that the expression's selectors stand for. */
export function expandOutputs(
  expressions: readonly PolarsExpression[],
  columns: readonly Column[],
): Output[] {
  return expressions.flatMap((expression) => {
    checkSize(expression)
    return expand(expression, columns).map((one) => ({ name: outputName(one, columns), expression: one }))
  })
}

/** The same, refusing two outputs of one name. */
export function uniqueOutputs(
  expressions: readonly PolarsExpression[],
  columns: readonly Column[],
): Output[] {
  const outputs = expandOutputs(expressions, columns)
  const names = new Set<string>()
  for (const { name, expression } of outputs) {
    if (names.has(name)) {
      throw new LakebookError('invalid_argument', `Two expressions are both called "${name}"`, {
        span: expression.span,
        hint: 'Give one of them another name with .alias("...").',
      })
    }
    names.add(name)
  }
  return outputs
}

function expand(expression: PolarsExpression, columns: readonly Column[]): PolarsExpression[] {
  return spread(expression, columns).flatMap((one) => expandSelectors(one, columns))
}

/** The expression for each of those that a call in it stands for, as for several fields of a struct. */
function spread(node: PolarsExpression, columns: readonly Column[]): readonly PolarsExpression[] {
  switch (node.kind) {
    case 'columns':
    case 'literal':
    case 'value':
      return [node]
    case 'rename':
      return spread(node.input, columns).map((input) => (input === node.input ? node : { ...node, input }))
    case 'call': {
      const given = node.args.operands()
      const operands = given.map((operand) => spread(operand, columns))
      if (isHorizontal(node)) {
        let next = 0
        return [{ ...node, args: node.args.flatMap(() => operands[next++]!) }]
      }
      const isSame = operands.every((each, i) => each.length === 1 && each[0] === given[i])
      const width = operands.find((each) => each.length !== 1)?.length ?? 1
      if (operands.some((each) => each.length !== 1 && each.length !== width)) throw differentWidths(node)
      const spreadCall = (i: number): CallNode => {
        let next = 0
        const args = node.args.map(() => {
          const each = operands[next++]!
          return each[each.length === 1 ? 0 : i]!
        })
        return { ...node, args }
      }
      const calls = isSame ? [node] : Array.from({ length: width }, (_, i) => spreadCall(i))
      const own = node.method.kind === 'element' ? node.method.spread : undefined
      return own === undefined ? calls : calls.flatMap((call) => own(call, columns))
    }
  }
}

/** Several columns in one operand are all operands of the one call. */
function isHorizontal({ method }: CallNode): boolean {
  return method.kind === 'element' && method.horizontal === true
}

function differentWidths({ span }: PolarsExpression): LakebookError {
  return unsupported(
    'An expression over several groups of columns of different size',
    span,
    'Write one expression for each column.',
  )
}

function expandSelectors(expression: PolarsExpression, columns: readonly Column[]): PolarsExpression[] {
  const flat = flattenHorizontal(expression, columns)
  const many = selectors(flat)
  const widths = new Set(many.map(({ selector, span }) => selectColumns(selector, columns, span).length))
  const [width] = widths
  if (width === undefined) return [flat]
  if (widths.size > 1) throw differentWidths(flat)
  return Array.from({ length: width }, (_, i) =>
    substitute(flat, (selector, span) => selectColumns(selector, columns, span)[i]?.name ?? ''),
  )
}

/** Operands of horizontal functions are expanded in place. */
function flattenHorizontal(node: PolarsExpression, columns: readonly Column[]): PolarsExpression {
  switch (node.kind) {
    case 'columns':
    case 'literal':
    case 'value':
      return node
    case 'rename':
      return { ...node, input: flattenHorizontal(node.input, columns) }
    case 'call': {
      const args = node.args.map((operand) => flattenHorizontal(operand, columns))
      const flat = {
        ...node,
        args: isHorizontal(node) ? args.flatMap((operand) => expand(operand, columns)) : args,
      }
      const unfold = node.method.kind === 'element' ? node.method.unfold : undefined
      return unfold === undefined ? flat : unfold(flat)
    }
  }
}

function selectors(node: PolarsExpression): { selector: ColumnSelector; span: SourceSpan | undefined }[] {
  switch (node.kind) {
    case 'columns':
      return isSingleName(node.selector) ? [] : [{ selector: node.selector, span: node.span }]
    case 'literal':
    case 'value':
      return []
    case 'rename':
      return selectors(node.input)
    case 'call':
      return node.args.operands().flatMap(selectors)
  }
}

function substitute(
  node: PolarsExpression,
  nameOf: (selector: ColumnSelector, span: SourceSpan | undefined) => string,
): PolarsExpression {
  switch (node.kind) {
    case 'columns':
      if (isSingleName(node.selector)) return node
      return {
        ...node,
        selector: { kind: 'names', names: [nameOf(node.selector, node.span)], required: true },
      }
    case 'literal':
    case 'value':
      return node
    case 'rename':
      return { ...node, input: substitute(node.input, nameOf) }
    case 'call':
      return { ...node, args: node.args.map((operand) => substitute(operand, nameOf)) }
  }
}

/** The name Polars gives the output: the leftmost column's, unless it is renamed. */
export function outputName(node: PolarsExpression, columns: readonly Column[]): string {
  switch (node.kind) {
    case 'columns': {
      const { selector } = node
      if (selector.kind === 'names') return selector.names[0] ?? ''
      return selectColumns(selector, columns, node.span)[0]?.name ?? ''
    }
    case 'literal':
      return 'literal'
    case 'value':
      return isOneValue(node.frame) ? 'literal' : (node.frame.columns[0]?.name ?? '')
    case 'rename':
      return node.rename(outputName(node.input, columns))
    case 'call': {
      if (node.method.outputName !== undefined) return node.method.outputName
      const operand = node.args.operands()[node.method.nameOperand ?? 0]
      return operand === undefined ? 'literal' : outputName(operand, columns)
    }
  }
}
