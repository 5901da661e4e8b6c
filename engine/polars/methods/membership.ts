import { typeName, types } from '../../arrow/types.ts'
import { LakebookError, unsupported } from '../../errors.ts'
import { columnReference } from '../../plan/column-ids.ts'
import { freshPlan } from '../../plan/plan-tree.ts'
import type { Expression } from '../../plan/plan.ts'
import type { ElementMethod } from '../expression-method.ts'
import type { CallNode, PolarsExpression } from '../expression.ts'
import { projectFrame, withoutOrder, type Frame } from '../frame.ts'
import { call, caseWhen, castTo, literal, lowered, type Lowered } from '../lowered.ts'
import { BoundArguments, optional, required } from '../parameters.ts'
import { unify } from '../supertype.ts'
import { constant } from './constants.ts'
import { element, unified } from './elements.ts'

function isIn(operands: readonly Lowered[], node: CallNode): Expression {
  const value = operands[0]!
  const given = node.args.value('other')
  if (given?.kind === 'frame') return isInFrame(value.expression, given.frame, node)
  if (given?.kind !== 'list') {
    throw unsupported(
      'is_in of anything but a list or a column of a frame',
      node.span,
      'Write the values out as a list.',
    )
  }
  const constants = given.items.map((item) => constant(item, node))
  const known = constants.filter(
    (item) => !(item.expression.kind === 'literal' && item.expression.value === null),
  )
  if (node.args.bool('nulls_equal', false)) {
    const hasNull = literal(known.length < constants.length, types.bool)
    const isOther =
      known.length === 0 ? literal(false, types.bool) : call('in', unified([value, ...known], node))
    return caseWhen([{ when: call('is_null', [value.expression]), then: hasNull }], isOther)
  }
  const fallback = castTo(literal(null, types.null), types.bool)
  if (known.length === 0) {
    const empty = literal(false, types.bool)
    return value.expression.nullable
      ? caseWhen([{ when: call('is_null', [value.expression]), then: fallback }], empty)
      : empty
  }
  return call('in', unified([value, ...known], node))
}

function operandOf(expression: PolarsExpression): string {
  const isName = expression.kind === 'columns' && expression.selector.kind === 'names'
  return isName ? `pl.col("${expression.selector.names[0] ?? ''}")` : 'an expression'
}

/** Whether the value is in the row's own list, whose nulls count as nothing. */
const isInList: ElementMethod = element('is_in', [required('list', 'column')], (operands, node) => {
  const [value, list] = operands.map((operand) => operand.expression)
  if (list!.type.kind === 'list') return call('list_contains', [list!, castTo(value!, list!.type.item)])
  const name = operandOf(node.args.expression('list'))
  throw unsupported(
    `is_in of ${name}, which is no column of lists,`,
    node.span,
    'Write the values out as a list, or give a frame of one column, such as frame.select("x").',
  )
})

/** `is_in` of an expression, which is looked at row by row. */
function inExpression(node: CallNode): PolarsExpression {
  const given = node.args.value('other')
  if (given?.kind !== 'expression') return node
  const operands = new Map([
    ['self', { kind: 'expressions', expressions: node.args.expressions('self') } as const],
    ['list', { kind: 'expressions', expressions: [given.expression] } as const],
  ])
  return { ...node, method: isInList, args: new BoundArguments('is_in', node.span, operands) }
}

/** Whether the value is in the frame's only column, whose nulls count as nothing. */
function isInFrame(value: Expression, frame: Frame, node: CallNode): Expression {
  const [column, ...others] = frame.columns
  if (column === undefined || others.length > 0)
    throw node.args.invalid('other', 'a list, or a frame of one column')
  const common = unify([lowered(value), lowered(columnReference(column))])
  if (common === null) {
    throw new LakebookError(
      'type',
      `is_in looks for ${typeName(value.type)} among ${typeName(column.type)}`,
      {
        span: node.span,
        hint: 'Cast one of them with .cast(...).',
      },
    )
  }
  const [operand, item] = common.operands.map((one) => one.expression)
  const known: Frame = {
    ...frame,
    plan: { kind: 'filter', input: frame.plan, predicate: call('is_not_null', [columnReference(column)]) },
  }
  const { plan } = freshPlan(
    withoutOrder(projectFrame({ ...known, order: null }, [{ name: column.name, expression: item! }]).plan),
  )
  return { kind: 'subquery', form: 'in', plan, operand: operand!, type: types.bool, nullable: value.nullable }
}

export const membershipMethod: ElementMethod = {
  ...element('is_in', [required('other', 'any'), optional('nulls_equal', 'bool')], isIn),
  unfold: inExpression,
}
