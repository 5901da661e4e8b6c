import { isUnion, typeName, types, unionMembers, type DataType, type StructType } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import type { CastOptions, EmitCast } from './cast.ts'
import type { CodeContext } from './code-context.ts'
import { compileLiteral } from './expression-literal.ts'
import { loadField, packStruct } from './nested-value.ts'
import { copyValue, declareValue, type Value } from './value.ts'

/** A UNION that holds a value as one of its members, by the place among its fields. */
export function packUnion(context: CodeContext, union: StructType, place: number, value: Value): Value {
  const { f } = context
  const fields = union.fields.map(({ type }, index) => {
    if (index === place) return value
    const field = declareValue(f, type, index > 0)
    f.i32(index === 0 ? place - 1 : 0)
    f.set(index === 0 ? field.locals[0]! : field.valid!)
    return field
  })
  return packStruct(context, union, fields)
}

/** Of a valid UNION, what is made of the member that it holds; the member may be NULL. */
export function ofMember(
  context: CodeContext,
  union: Value,
  type: DataType,
  make: (member: Value, name: string) => Value,
): Value {
  const { f } = context
  const result = declareValue(f, type, false)
  const tag = loadField(context, union, 0)
  unionMembers(union.type as StructType).forEach(({ name }, place) => {
    f.get(tag.locals[0]!)
    f.i32(place)
    f.op('i32.eq')
    f.if(() => context.branch(() => copyValue(f, make(loadField(context, union, place + 1), name), result)))
  })
  return result
}

/** The cast of a valid UNION to a text, or to another UNION, which must have its members. */
export function castUnion(
  context: CodeContext,
  value: Value,
  to: DataType,
  options: CastOptions,
  emitCast: EmitCast,
): Value {
  const fail = (hint?: string): LakebookError =>
    new LakebookError('type', `${typeName(value.type)} cannot be cast to ${typeName(to)}`, {
      span: options.span,
      hint,
    })
  if (to.kind === 'utf8')
    return ofMember(context, value, to, (member) => textOf(context, member, options, emitCast))
  if (!isUnion(to)) throw fail('union_extract takes a member out of it.')
  return ofMember(context, value, to, (member, name) => {
    const place = to.fields.findIndex((field, index) => index > 0 && field.name === name)
    if (place < 0) throw fail(`The member ${name} is not in the other one.`)
    return packUnion(context, to, place, emitCast(context, member, to.fields[place]!.type, options))
  })
}

/** A member that is NULL is the word. */
function textOf(context: CodeContext, member: Value, options: CastOptions, emitCast: EmitCast): Value {
  const { f } = context
  const { utf8 } = types
  if (member.valid === null) return emitCast(context, member, utf8, options)
  const result = declareValue(f, utf8, false)
  const word = compileLiteral(context, { kind: 'literal', value: 'NULL', type: utf8, nullable: false })
  f.get(member.valid)
  f.if(
    () => {
      const text = emitCast(context, { ...member, valid: null }, utf8, options)
      context.branch(() => copyValue(f, text, result))
    },
    () => copyValue(f, word, result),
  )
  return result
}
