import { typeName, types } from '../arrow/types.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import type { ElementMethod } from './expression-method.ts'
import { literalNode, type CallNode, type PolarsExpression } from './expression.ts'
import { caseWhen, castTo, typeOf } from './lowered.ts'
import { BoundArguments, rest } from './parameters.ts'
import { unify } from './supertype.ts'

export interface CaseBranch {
  readonly when: PolarsExpression
  readonly then: PolarsExpression
}

/** Operands: condition, value, condition, value, …, the value when no condition is true. */
const whenMethod: ElementMethod = {
  kind: 'element',
  name: 'pl.when',
  params: [rest('branches', 'columns')],
  nameOperand: 1,
  apply(operands, node) {
    const conditions = operands.filter((_, i) => i % 2 === 0 && i < operands.length - 1)
    const values = operands.filter((_, i) => i % 2 === 1 || i === operands.length - 1)
    for (const { expression } of conditions) {
      if (expression.type.kind === 'bool' || expression.type.kind === 'null') continue
      throw new LakebookError(
        'type',
        `A condition of pl.when must be true or false, not ${typeName(expression.type)}`,
        {
          span: expression.span ?? node.span,
          hint: 'Compare it with something, e.g. pl.col("x") > 0.',
        },
      )
    }
    const unified = unify(values)
    if (unified === null) {
      const kinds = [...new Set(values.map((value) => typeName(typeOf(value))))].join(' and ')
      throw new LakebookError(
        'type',
        `The values of pl.when(...).then(...).otherwise(...) have no type in common: ${kinds}`,
        {
          span: node.span,
          hint: 'Cast them to one type.',
        },
      )
    }
    const [otherwise] = unified.operands.slice(-1)
    const branches = conditions.map((condition, i) => ({
      when: castTo(condition.expression, types.bool),
      then: unified.operands[i]!.expression,
    }))
    return { expression: caseWhen(branches, otherwise?.expression ?? null), loose: false }
  },
}

export function whenExpression(
  branches: readonly CaseBranch[],
  otherwise: PolarsExpression | null,
  span: SourceSpan | undefined,
): CallNode {
  const operands = [
    ...branches.flatMap((branch) => [branch.when, branch.then]),
    otherwise ?? literalNode(null, span),
  ]
  const args = new BoundArguments(
    'pl.when',
    span,
    new Map([['branches', { kind: 'expressions', expressions: operands }]]),
  )
  return { kind: 'call', method: whenMethod, args, span }
}
