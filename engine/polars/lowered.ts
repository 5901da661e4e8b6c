import { isFloat, isInteger, sameType, typeName, types, type DataType } from '../arrow/types.ts'
import { castWhereComputed } from '../binder/coerce.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import { findScalar, resolveScalar } from '../functions/scalar-registry.ts'
import type { Expression, LiteralValue } from '../plan/plan.ts'

/** A typed expression. `loose`: a Python number or None, which takes on the type of what it meets. */
export interface Lowered {
  readonly expression: Expression
  readonly loose: boolean
}

export function lowered(expression: Expression): Lowered {
  return { expression, loose: false }
}

export function typeOf(operand: Lowered): DataType {
  return operand.expression.type
}

export function literal(value: LiteralValue, type: DataType, span?: SourceSpan): Expression {
  return { kind: 'literal', value, type, nullable: value === null, span }
}

export function int64(value: number | bigint): Expression {
  return literal(BigInt(value), types.int64)
}

export function float64(value: number): Expression {
  return literal(value, types.float64)
}

/** A Python constant by itself: integers are int32, or int64 where they need to be. */
export function looseLiteral(value: LiteralValue, span?: SourceSpan): Lowered {
  if (typeof value === 'bigint') {
    const fits = value >= -(2n ** 31n) && value < 2n ** 31n
    return { expression: literal(value, fits ? types.int32 : types.int64, span), loose: true }
  }
  if (typeof value === 'number') return { expression: literal(value, types.float64, span), loose: true }
  return { expression: literal(value, types.null, span), loose: true }
}

const INTEGER_BITS: Readonly<Record<string, readonly [bigint, bigint]>> = Object.fromEntries(
  [8, 16, 32, 64].flatMap((bits) => [
    [`int${bits}`, [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n]],
    [`uint${bits}`, [0n, 2n ** BigInt(bits) - 1n]],
  ]),
)

export function fitsInteger(value: bigint, type: DataType): boolean {
  const range = INTEGER_BITS[type.kind]
  return range !== undefined && value >= range[0] && value <= range[1]
}

/** The expression as another type; literals change in place where that is exact. */
export function castTo(expression: Expression, type: DataType, isTry = false): Expression {
  if (sameType(expression.type, type)) return expression
  if (expression.kind === 'literal') {
    const { value } = expression
    if (value === null) return { ...expression, type }
    if (typeof value === 'bigint' && isInteger(expression.type)) {
      if (fitsInteger(value, type)) return { ...expression, type }
      if (isFloat(type)) return { ...expression, value: Number(value), type }
    }
    if (typeof value === 'number' && isFloat(type)) return { ...expression, type }
  }
  return castWhereComputed(expression, type, isTry)
}

/** A call with every argument cast as the function wants it. Throws `type` when it takes no such arguments. */
export function call(fn: string, args: readonly Expression[], span?: SourceSpan): Expression {
  const literals = args.map((arg) => (arg.kind === 'literal' ? arg.value : undefined))
  const resolved = resolveScalar(
    fn,
    args.map((arg) => arg.type),
    literals,
  )
  if (resolved === undefined) {
    const place = span ?? args.find((arg) => arg.span !== undefined)?.span
    if (findScalar(fn) === undefined) throw unsupported(`The function behind this (\`${fn}\`)`, place)
    throw new LakebookError(
      'type',
      `\`${fn}\` does not take ${args.map((arg) => typeName(arg.type)).join(' and ')}`,
      { span: place },
    )
  }
  const cast = args.map((arg, i) => castTo(arg, resolved.argTypes[i] ?? arg.type))
  const nullable = resolved.nullability(args.map((arg) => arg.nullable))
  return { kind: 'call', fn: resolved.name, args: cast, type: resolved.type, nullable, span }
}

export function caseWhen(
  branches: readonly { readonly when: Expression; readonly then: Expression }[],
  otherwise: Expression | null,
): Expression {
  const type = branches[0]?.then.type ?? otherwise?.type ?? types.null
  const nullable = otherwise === null || otherwise.nullable || branches.some((branch) => branch.then.nullable)
  return { kind: 'case', branches, otherwise, type, nullable }
}

export function and(conditions: readonly Expression[]): Expression {
  const [first, ...others] = conditions
  if (first === undefined) return literal(true, types.bool)
  return others.reduce((left, right) => call('and', [left, right]), first)
}

/** Equal when two expressions compute the same thing, wherever they stand in the cell. */
export function expressionKey(expression: unknown): string {
  return JSON.stringify(expression, (name, value: unknown) => {
    if (name === 'span' || name === 'provider') return undefined
    return typeof value === 'bigint' ? `${value}n` : value
  })
}
