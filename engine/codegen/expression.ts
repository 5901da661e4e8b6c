import { internalError } from '../errors.ts'
import type { CaseExpression, Expression } from '../plan/plan.ts'
import { emitCast } from './cast.ts'
import type { CodeContext } from './code-context.ts'
import { compileLiteral } from './expression-literal.ts'
import { copyValue, declareValue, type Value } from './value.ts'

/**
 * Emits the evaluation of an expression for the current row. The value's locals must not be set: they may belong to a
 * column or another expression. The value may say that it is never NULL where the expression said it could be.
 */
export function compileExpression(context: CodeContext, expression: Expression): Value {
  if (expression.repeats !== true) return compute(context, expression)
  return context.once(expression, () => compute(context, expression))
}

function compute(context: CodeContext, expression: Expression): Value {
  switch (expression.kind) {
    case 'column':
      return context.column(expression.id)
    case 'literal':
      return compileLiteral(context, expression)
    case 'call':
      return context.scalars.compileCall(context, expression, (argument) =>
        compileExpression(context, argument),
      )
    case 'cast': {
      const value = compileExpression(context, expression.arg)
      return emitCast(context, value, expression.type, { try: expression.try, span: expression.span })
    }
    case 'case':
      return compileCase(context, expression)
    case 'lambda':
      throw internalError('a lambda stands where a value belongs')
    case 'subquery':
      throw internalError('a subquery was left in the plan for the compiler')
  }
}

function compileCase(context: CodeContext, expression: CaseExpression): Value {
  const { f } = context
  const result = declareValue(f, expression.type, expression.nullable)
  f.block((done) => {
    // each condition runs only when those before it were not true
    const compileFrom = (index: number): void => {
      const branch = expression.branches[index]
      if (branch === undefined) {
        assign(context, expression.otherwise, result)
        return
      }
      const when = compileExpression(context, branch.when)
      f.get(when.locals[0]!)
      if (when.valid !== null) {
        f.get(when.valid)
        f.op('i32.and')
      }
      f.if(() => {
        context.branch(() => assign(context, branch.then, result))
        f.br(done)
      })
      context.branch(() => compileFrom(index + 1))
    }
    compileFrom(0)
  })
  return result
}

function assign(context: CodeContext, expression: Expression | null, result: Value): void {
  const { f } = context
  if (expression === null) {
    if (result.valid === null) throw internalError('a CASE without ELSE was said never to be NULL')
    f.i32(0)
    f.set(result.valid)
    return
  }
  copyValue(f, compileExpression(context, expression), result)
}
