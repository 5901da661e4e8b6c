import { operands, sameExpression } from './expression-tree.ts'
import type { Expression, LiteralValue } from './plan.ts'

/** Expressions, each once as `sameExpression` has it, in the order in which they came. */
export class DistinctExpressions {
  readonly #byHash = new Map<number, Expression[]>()
  readonly #all: Expression[] = []

  get all(): readonly Expression[] {
    return this.#all
  }

  add(expression: Expression): void {
    const hash = hashOf(expression)
    const alike = this.#byHash.get(hash)
    if (alike?.some((other) => sameExpression(other, expression))) return
    if (alike === undefined) this.#byHash.set(hash, [expression])
    else alike.push(expression)
    this.#all.push(expression)
  }
}

const hashes = new WeakMap<Expression, number>()

/** Equal for equal expressions. */
function hashOf(expression: Expression): number {
  const known = hashes.get(expression)
  if (known !== undefined) return known
  const hash = operands(expression).reduce(
    (sum, operand) => mix(sum, expression.kind === 'lambda' ? 0 : hashOf(operand)),
    ownHash(expression),
  )
  hashes.set(expression, hash)
  return hash
}

function ownHash(expression: Expression): number {
  switch (expression.kind) {
    case 'column':
      return expression.id
    case 'literal':
      return textHash(valueText(expression.value))
    case 'call':
      return textHash(expression.fn)
    default:
      return textHash(expression.kind)
  }
}

function valueText(value: LiteralValue): string {
  return typeof value === 'object' && value !== null ? 'object' : String(value)
}

function textHash(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = mix(hash, text.charCodeAt(i))
  return hash
}

function mix(hash: number, next: number): number {
  return (Math.imul(hash, 31) + next) | 0
}
