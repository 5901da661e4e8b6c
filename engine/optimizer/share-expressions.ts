import { isVolatile, mapOperands } from '../plan/expression-tree.ts'
import { inputs } from '../plan/output.ts'
import { mapExpressions, mapInputs, nodeExpressions } from '../plan/plan-tree.ts'
import type { Expression, LiteralValue, LogicalPlan } from '../plan/plan.ts'

/**
 * Lets one object stand for expressions that are equal, so that the compiler knows it again: what several conditions,
 * columns and aggregates of a pipeline have in common is computed once for each row. Where it is needed only in a
 * branch, as under CASE, it is computed in the branch, so that no error is raised that would not have been. Functions
 * that give another value each time, and what is inside of a lambda, stay as they are. Runs last.
 */
export function shareExpressions(plan: LogicalPlan): LogicalPlan {
  const equals = new Equals()
  equals.countPlan(plan)
  return equals.hasRepeats ? equals.sharePlan(plan) : plan
}

interface Class {
  readonly id: number
  readonly first: Expression
  count: number
  shared: Expression | null
}

/** Classes of equal expressions: of the same operation, type and nullability over operands of the same classes. */
class Equals {
  readonly #byKey = new Map<string, Class>()
  readonly #classes = new Map<Expression, Class | null>()
  hasRepeats = false

  countPlan(plan: LogicalPlan): void {
    for (const expression of nodeExpressions(plan)) this.#count(expression)
    for (const input of inputs(plan)) this.countPlan(input)
  }

  sharePlan(plan: LogicalPlan): LogicalPlan {
    const below = mapInputs(plan, (input) => this.sharePlan(input))
    return mapExpressions(below, (expression) => this.#share(expression))
  }

  #count(expression: Expression): Class | null {
    const key = expression.kind === 'lambda' ? null : this.#keyOf(expression)
    if (key === null) {
      this.#classes.set(expression, null)
      return null
    }
    let found = this.#byKey.get(key)
    if (found === undefined) {
      found = { id: this.#byKey.size, first: expression, count: 0, shared: null }
      this.#byKey.set(key, found)
    }
    found.count += 1
    this.hasRepeats ||= found.count > 1 && isWorthSharing(expression)
    this.#classes.set(expression, found)
    return found
  }

  /** Null: it has no equal, which its operands may have. */
  #keyOf(expression: Expression): string | null {
    const operands: (Class | null)[] = []
    mapOperands(expression, (operand) => {
      operands.push(this.#count(operand))
      return operand
    })
    if (operands.includes(null)) return null
    const ids = operands.map((operand) => operand!.id).join()
    const type = `${JSON.stringify(expression.type)}${expression.nullable ? '?' : ''}`
    switch (expression.kind) {
      case 'column':
        return `#${expression.id} ${type}`
      case 'literal':
        return `${literalKey(expression.value)} ${type}`
      case 'call':
        return isVolatile({ ...expression, args: [] }) ? null : `${expression.fn}(${ids}) ${type}`
      case 'cast':
        return `${expression.try ? 'try ' : ''}cast(${ids}) ${type}`
      case 'case':
        return `case(${ids}${expression.otherwise === null ? '' : ' else'}) ${type}`
      default:
        return null
    }
  }

  #share(expression: Expression): Expression {
    if (expression.kind === 'lambda') return expression
    const found = this.#classes.get(expression) ?? null
    if (found === null || found.count < 2 || !isWorthSharing(expression))
      return this.#shareOperands(expression)
    found.shared ??= { ...this.#shareOperands(found.first), repeats: true }
    return found.shared
  }

  #shareOperands(expression: Expression): Expression {
    return mapOperands(expression, (operand) => this.#share(operand))
  }
}

/** Columns are remembered anyway, and a literal costs nothing. */
function isWorthSharing({ kind }: Expression): boolean {
  return kind === 'call' || kind === 'cast' || kind === 'case'
}

function literalKey(value: LiteralValue): string {
  if (value === null || typeof value !== 'object')
    return `${typeof value} ${Object.is(value, -0) ? '-0' : String(value)}`
  if (value instanceof Uint8Array) return `bytes ${value.join()}`
  return `interval ${value.months} ${value.days} ${value.micros}`
}
