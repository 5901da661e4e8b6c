import { sameType, types, type DataType } from '../../arrow/types.ts'
import { internalError } from '../../errors.ts'
import { resolveScalar } from '../../functions/scalar-registry.ts'
import type { Expression, LiteralValue } from '../../plan/plan.ts'

/** A call of a scalar function, by its canonical name, with its arguments cast to what it takes. */
export function typedCall(fn: string, ...args: readonly Expression[]): Expression {
  const resolved = resolveScalar(
    fn,
    args.map((arg) => arg.type),
  )
  if (resolved === undefined) throw internalError(`${fn} does not take what it was given`)
  const cast = args.map((arg, index) => typedCast(arg, resolved.argTypes[index] ?? arg.type))
  const nullable = resolved.nullability(cast.map((arg) => arg.nullable))
  return { kind: 'call', fn: resolved.name, args: cast, type: resolved.type, nullable }
}

export function typedCast(arg: Expression, type: DataType): Expression {
  return sameType(arg.type, type) ? arg : { kind: 'cast', arg, try: false, type, nullable: arg.nullable }
}

export function double(value: number): Expression {
  return { kind: 'literal', value, type: types.float64, nullable: false }
}

export function typedLiteral(value: LiteralValue, type: DataType): Expression {
  return { kind: 'literal', value, type, nullable: value === null }
}
