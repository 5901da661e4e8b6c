import { typeName, types } from '../arrow/types.ts'
import type { SourceSpan } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { mapOperands, operands } from '../plan/expression-tree.ts'
import type { Column, Expression, LiteralExpression, LiteralValue } from '../plan/plan.ts'
import { booleanCall, literal } from './coerce.ts'

/** A column of literals, and one literal of it for each row. */
export interface StoredLiterals {
  readonly column: Column
  readonly values: LiteralValue[]
}

/** An expression, and what it has in common with those of its shape. */
interface Shaped {
  readonly expression: Expression
  readonly key: string
  readonly literals: readonly LiteralExpression[]
}

interface Shape {
  readonly place: bigint
  readonly expression: Expression
}

/** So many shapes become branches of one CASE. */
const MOST_SHAPES = 48

/** Functions whose arguments may come from columns as well as from constants, at the same cost. */
const PLAIN_CALLS: ReadonlySet<string> = new Set([
  'list_value',
  'struct_pack',
  'map',
  '+',
  '-',
  '*',
  '/',
  '//',
  '||',
  'concat',
])

/**
 * One column of VALUES whose expressions are of a few shapes, such as `[1, 2]` and `[3, 4]`: the literals in them, which
 * become columns, and the expression over these that computes each row. A NULL is part of the shape, so that what cannot
 * be NULL stays so. Every expression is one row's, and computed for that row only.
 */
export class ValueShapes {
  readonly #name: string
  readonly #span: SourceSpan | undefined
  readonly #shapes = new Map<string, Shape>()
  readonly #holes = new Map<string, StoredLiterals>()
  readonly #places: StoredLiterals
  #rows = 0

  constructor(name: string, span: SourceSpan | undefined) {
    this.#name = name
    this.#span = span
    this.#places = { column: newColumn(`${name}_shape`, types.int32, false), values: [] }
  }

  /** Null when the expression would be one shape too many. */
  tried(expression: Expression): Shaped | null {
    const literals: LiteralExpression[] = []
    const key = shapeKey(expression, literals)
    return this.#shapes.size < MOST_SHAPES || this.#shapes.has(key) ? { expression, key, literals } : null
  }

  /** The expression of the next row. */
  add({ expression, key, literals }: Shaped): void {
    const holes = this.#fill(literals).values()
    let shape = this.#shapes.get(key)
    if (shape === undefined) {
      const hole = () => columnReference(holes.next().value!)
      shape = { place: BigInt(this.#shapes.size), expression: shapeOf(expression, hole, this.#span) }
      this.#shapes.set(key, shape)
    }
    this.#places.values.push(shape.place)
    this.#rows++
  }

  /** The columns that `expression` reads, each with a literal for every row. */
  get stored(): readonly StoredLiterals[] {
    const holes = [...this.#holes.values()]
    // where a row has no such literal, any value that is none of NULL does
    for (const { values } of holes) while (values.length < this.#rows) values.push(values[0]!)
    return this.#shapes.size > 1 ? [this.#places, ...holes] : holes
  }

  get expression(): Expression {
    const shapes = [...this.#shapes.values()].map(({ expression }) => expression)
    if (shapes.length === 1) return shapes[0]!
    const place = columnReference(this.#places.column)
    return {
      kind: 'case',
      branches: shapes.slice(1).map((then, index) => ({
        when: booleanCall('=', [place, literal(BigInt(index + 1), types.int32)]),
        then,
      })),
      otherwise: shapes[0]!,
      type: shapes[0]!.type,
      nullable: shapes.some((each) => each.nullable),
      span: this.#span,
    }
  }

  /** Puts a row's literals into the columns for the first, second, … literal of their types. */
  #fill(literals: readonly LiteralExpression[]): readonly Column[] {
    const seen = new Map<string, number>()
    return literals.map(({ type, value }) => {
      const name = typeName(type)
      const ordinal = seen.get(name) ?? 0
      seen.set(name, ordinal + 1)
      const key = `${ordinal} ${name}`
      let hole = this.#holes.get(key)
      if (hole === undefined) {
        hole = { column: newColumn(`${this.#name}_literal`, type, false), values: [] }
        this.#holes.set(key, hole)
      }
      while (hole.values.length < this.#rows) hole.values.push(hole.values[0] ?? value)
      hole.values.push(value)
      return hole.column
    })
  }
}

/** What two rows have in common that one expression can compute; the literals that may differ are gathered. */
function shapeKey(expression: Expression, literals: LiteralExpression[]): string {
  if (isHole(expression)) {
    literals.push(expression)
    return `? ${typeName(expression.type)}`
  }
  if (!isPlain(expression)) return wholeKey(expression)
  return headKey(
    expression,
    operands(expression).map((operand) => shapeKey(operand, literals)),
  )
}

/** The expression with columns in the place of the literals, in the same order. */
function shapeOf(expression: Expression, hole: () => Expression, span: SourceSpan | undefined): Expression {
  if (isHole(expression)) return hole()
  if (!isPlain(expression)) return expression
  return { ...mapOperands(expression, (operand) => shapeOf(operand, hole, span)), span }
}

function isHole(expression: Expression): expression is LiteralExpression {
  return expression.kind === 'literal' && expression.value !== null
}

/** Whether its operands may be columns. */
function isPlain(expression: Expression): boolean {
  return expression.kind === 'cast' || (expression.kind === 'call' && PLAIN_CALLS.has(expression.fn))
}

/** Equal for expressions that are the same in every part. */
function wholeKey(expression: Expression): string {
  return headKey(expression, operands(expression).map(wholeKey))
}

let others = 0

function headKey(expression: Expression, parts: readonly string[]): string {
  const type = typeName(expression.type)
  const rest = `${type}(${parts.join(', ')})`
  switch (expression.kind) {
    case 'literal':
      return `${type} ${JSON.stringify(expression.value, (_, each: unknown) => (typeof each === 'bigint' ? `${each}n` : each))}`
    case 'column':
      return `#${expression.id}`
    case 'call':
      return `${expression.fn} ${rest}`
    case 'cast':
      return `${expression.try ? 'try ' : ''}cast ${rest}`
    case 'case':
      return `case ${expression.branches.length} ${rest}`
    default:
      return `other ${others++}`
  }
}
