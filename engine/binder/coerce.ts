import {
  isFloat,
  isInteger,
  isUnion,
  listOf,
  sameType,
  typeName,
  types,
  unionMembers,
  type DataType,
} from '../arrow/types.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import { commonComparedType, commonType, memberFor } from '../functions/scalar-types.ts'
import { castLiteral, valueBounds } from '../plan/literal-cast.ts'
import type { Expression, LiteralExpression, LiteralValue } from '../plan/plan.ts'
import { atSpan } from './environment.ts'
import { overItems } from './over-items.ts'
import { collationOf } from './text-collation.ts'

export function literal(value: LiteralValue, type: DataType, span?: SourceSpan): LiteralExpression {
  return { kind: 'literal', value, type, nullable: value === null, span }
}

export function booleanCall(
  fn: string,
  args: readonly Expression[],
  nullable?: boolean,
  span?: SourceSpan,
): Expression {
  return {
    kind: 'call',
    fn,
    args,
    type: types.bool,
    nullable: nullable ?? args.some((arg) => arg.nullable),
    span,
  }
}

export function not(operand: Expression): Expression {
  return booleanCall('not', [operand], undefined, operand.span)
}

/** A cast, written out unless the type is right already; literals are converted at once. Errors: `cast`, `overflow`. */
export function castTo(expression: Expression, type: DataType, isTry = false): Expression {
  if (sameType(expression.type, type)) {
    const getsCollation =
      type.kind === 'utf8' && type.collation !== undefined && type.collation !== collationOf(expression.type)
    return getsCollation ? { ...expression, type } : expression
  }
  const united = intoUnion(expression, type)
  if (united) return united
  const { span } = expression
  if (expression.kind === 'literal') {
    const value = foldCast(expression, type, isTry)
    if (value !== undefined) return literal(value, type, span)
  }
  return castWhereComputed(expression, type, isTry)
}

/** A value as a member of a UNION, and a list's items; null where no cast is one into a UNION. Errors: `type`. */
function intoUnion(expression: Expression, type: DataType): Expression | null {
  const { type: from, span } = expression
  if (type.kind === 'list' && from.kind === 'list' && isUnion(type.item) && !isUnion(from.item)) {
    const list = overItems(expression, (item) => castTo(item, type.item), span)
    return type.size === undefined ? list : castWhereComputed(list, type, false)
  }
  if (!isUnion(type) || isUnion(from) || from.kind === 'null') return null
  const place = memberFor(from, type)
  if (place === null)
    throw new LakebookError('type', `${typeName(from)} is no member of ${typeName(type)}`, {
      span,
      hint: 'Cast it to the type of a member, or write union_value(name := value).',
    })
  const member = unionMembers(type)[place]!
  return unionValue(member.name, castTo(expression, member.type), type, span)
}

/** A UNION that holds a member, whose type the value has. */
export function unionValue(
  name: string,
  value: Expression,
  type: DataType,
  span: SourceSpan | undefined,
): Expression {
  const args = [literal(name, types.utf8), value]
  return { kind: 'call', fn: 'union_value', args, type, nullable: false, span }
}

/** A cast, also of a literal that cannot be converted: an error where it is computed, if it is. */
export function castWhereComputed(arg: Expression, type: DataType, isTry: boolean): Expression {
  const nullable = arg.nullable || isTry || arg.type.kind === 'json'
  return { kind: 'cast', arg, try: isTry, type, nullable, span: arg.span }
}

/** An array as a list of any length, which is what most functions take and give. */
export function plainList(expression: Expression): Expression {
  const { type } = expression
  return type.kind === 'list' && type.size !== undefined ? castTo(expression, listOf(type.item)) : expression
}

function foldCast(expression: LiteralExpression, type: DataType, isTry: boolean): LiteralValue | undefined {
  try {
    return atSpan(expression.span, () => castLiteral(expression.value, expression.type, type))
  } catch (error) {
    if (isTry && error instanceof LakebookError) return null
    throw error
  }
}

/** A number as typed adapts to the integer type that it meets, if it fits. */
function fitsInto(expression: Expression, type: DataType): boolean {
  if (expression.kind !== 'literal' || typeof expression.value !== 'bigint' || expression.isTyped)
    return false
  if (!isInteger(expression.type) || !isInteger(type)) return false
  const bounds = valueBounds(type)
  return bounds !== null && expression.value >= bounds[0] && expression.value <= bounds[1]
}

function isText(expression: Expression): expression is LiteralExpression {
  return expression.kind === 'literal' && expression.type.kind === 'utf8'
}

/** Literals take the type of what they meet: numbers among integers, and text everywhere. */
export function adaptLiterals(list: readonly Expression[]): readonly Expression[] {
  const fixed =
    list.find((each) => each.kind !== 'literal') ??
    list.find((each) => !isText(each) && each.type.kind !== 'null')
  // beside a text, an enum is one too
  if (!fixed || fixed.type.kind === 'enum') return list
  return list.map((each) => {
    if (each === fixed) return each
    if (fitsInto(each, fixed.type)) return castTo(each, fixed.type)
    if (isText(each) && fixed.type.kind !== 'utf8' && fixed.type.kind !== 'null')
      return castTo(each, fixed.type)
    return each
  })
}

/** Text that is not a literal does not turn into a number or a date by itself. */
function refuseText(list: readonly Expression[], what: string, span: SourceSpan | undefined): void {
  const text = list.find((each) => each.type.kind === 'utf8' && each.kind !== 'literal')
  const other = list.find(
    (each) =>
      !['utf8', 'null', 'enum'].includes(each.type.kind) && each.kind !== 'literal' && !isUnion(each.type),
  )
  if (!text || !other) return
  throw new LakebookError('type', `${what} ${typeName(text.type)} and ${typeName(other.type)}`, {
    span: span ?? text.span,
    hint: `Write CAST(… AS ${typeName(other.type)}).`,
  })
}

/** Brings both sides of a comparison to one type. Errors: `type`, `cast`. */
export function inOneType(
  left: Expression,
  right: Expression,
  span?: SourceSpan,
): readonly [Expression, Expression] {
  const [a, b] = adaptLiterals([left, right]) as [Expression, Expression]
  refuseText([a, b], 'Cannot compare', span)
  const type = commonComparedType(a.type, b.type)
  if (!type) {
    throw new LakebookError('type', `Cannot compare ${typeName(a.type)} and ${typeName(b.type)}`, {
      span,
      hint: 'Cast one side to the type of the other.',
    })
  }
  // two NULLs compare as integers, so that no kernel has to know the type of nothing
  const target = type.kind === 'null' ? types.int32 : type
  return [castTo(a, target), castTo(b, target)]
}

/** Brings branches of CASE, rows of VALUES or items of a list to one type. */
export function unified(list: readonly Expression[], what: string, span?: SourceSpan): readonly Expression[] {
  const adapted = adaptLiterals(list)
  refuseText(adapted, `${what} mixes`, span)
  const type = commonOf(
    adapted.map((each) => each.type),
    what,
    span,
  )
  return adapted.map((each) => castTo(each, type))
}

/** The type that all meet in. Errors: `type`. */
export function commonOf(all: readonly DataType[], what: string, span?: SourceSpan): DataType {
  let result: DataType = all[0] ?? types.null
  for (const type of all.slice(1)) {
    const next = commonType(result, type)
    if (!next)
      throw new LakebookError('type', `${what} mixes ${typeName(result)} and ${typeName(type)}`, { span })
    result = next
  }
  return result
}

/** A condition: BOOLEAN, a NULL, or a number (0 is false). */
export function toCondition(expression: Expression, where: string): Expression {
  const { type } = expression
  if (type.kind === 'bool') return expression
  if (
    type.kind === 'null' ||
    isInteger(type) ||
    isFloat(type) ||
    type.kind === 'decimal' ||
    isText(expression)
  ) {
    return castTo(expression, types.bool)
  }
  throw new LakebookError('type', `${where} needs a condition, not ${typeName(type)}`, {
    span: expression.span,
  })
}
