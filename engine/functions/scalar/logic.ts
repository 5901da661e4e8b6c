import { sameType, types, type DataType } from '../../arrow/types.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import { copyValue, declareValue, pushValid, type Value } from '../../codegen/value.ts'
import type { Expression } from '../../plan/plan.ts'
import { isCheapTest } from '../cheap-test.ts'
import type { EagerFunction, LazyFunction, ScalarFunction, Signature } from '../scalar-function.ts'

function allBool(args: readonly DataType[]): Signature | null {
  if (!args.every((type) => sameType(type, types.bool) || type.kind === 'null')) return null
  return { argTypes: args.map(() => types.bool), type: types.bool }
}

/**
 * AND and OR by Kleene's three-valued logic, over any number of arguments. `decides` is the value that settles the
 * result whatever the rest is: arguments after one that does so are not evaluated when they cost more than a test.
 */
function connective(name: 'and' | 'or', summary: string, example: string, decides: 0 | 1): LazyFunction {
  return {
    name,
    summary,
    example,
    category: 'logic',
    nulls: 'lazy',
    nullable: (args) => args.some(Boolean),
    resolve: (args) => (args.length >= 1 ? allBool(args) : null),
    lower(context, call, compile) {
      const [first, ...rest] = call.args
      let result = compile(first!)
      for (const argument of rest) {
        result = isCheapTest(argument)
          ? combine(context, result, compile(argument), decides)
          : combineLazily(context, result, () => compile(argument), argument, decides)
      }
      return result
    },
  }
}

/** `a and b` is known when both are, or when a known one decides. */
function combine(context: CodeContext, a: Value, b: Value, decides: 0 | 1): Value {
  const { f } = context
  const isNullable = a.valid !== null || b.valid !== null
  const result = declareValue(f, types.bool, isNullable)
  const operation = decides === 0 ? 'i32.and' : 'i32.or'
  if (!isNullable) {
    f.get(a.locals[0]!)
    f.get(b.locals[0]!)
    f.op(operation)
    f.set(result.locals[0]!)
    return result
  }
  const [left, right] = [pushNeutral(context, a, decides), pushNeutral(context, b, decides)]
  f.get(left)
  f.get(right)
  f.op(operation)
  f.set(result.locals[0]!)
  pushValid(f, a)
  pushValid(f, b)
  f.op('i32.and')
  f.get(result.locals[0]!)
  if (decides === 0) f.op('i32.eqz')
  f.op('i32.or')
  f.set(result.valid!)
  return result
}

/** The value, or under a NULL the one that decides nothing. */
function pushNeutral(context: CodeContext, value: Value, decides: 0 | 1): Value['locals'][0] {
  const { f } = context
  if (value.valid === null) return value.locals[0]!
  f.get(value.locals[0]!)
  f.get(value.valid)
  if (decides === 0) {
    f.op('i32.eqz')
    f.op('i32.or')
  } else {
    f.op('i32.and')
  }
  return f.keep('i32')
}

function combineLazily(
  context: CodeContext,
  a: Value,
  compileRight: () => Value,
  right: Expression,
  decides: 0 | 1,
): Value {
  const { f } = context
  const result = declareValue(f, types.bool, a.valid !== null || right.nullable)
  copyValue(f, a, result.valid === null ? { ...result, valid: null } : result)
  f.get(a.locals[0]!)
  if (decides === 1) f.op('i32.eqz')
  if (a.valid !== null) {
    f.get(a.valid)
    f.op('i32.eqz')
    f.op('i32.or')
  }
  f.if(() =>
    context.branch(() => {
      const b = compileRight()
      const both = combine(context, a, b, decides)
      f.get(both.locals[0]!)
      f.set(result.locals[0]!)
      if (result.valid !== null) {
        pushValid(f, both)
        f.set(result.valid)
      }
    }),
  )
  return result
}

const not: EagerFunction = {
  name: 'not',
  category: 'logic',
  summary: 'True for false, false for true, NULL for NULL.',
  example: 'NOT true',
  nulls: 'strict',
  resolve: (args) => (args.length === 1 ? allBool(args) : null),
  lower(context, args) {
    const { f } = context
    const result = declareValue(f, types.bool, false)
    f.get(args[0]!.locals[0]!)
    f.op('i32.eqz')
    f.set(result.locals[0]!)
    return result
  },
}

function nullTest(
  name: string,
  alias: string | null,
  summary: string,
  example: string,
  isNull: boolean,
): EagerFunction {
  return {
    name,
    ...(alias === null ? {} : { aliases: [alias] }),
    summary,
    example,
    category: 'logic',
    nulls: 'own',
    nullable: () => false,
    resolve: (args) => (args.length === 1 ? { argTypes: args, type: types.bool } : null),
    lower(context, args) {
      const { f } = context
      const result = declareValue(f, types.bool, false)
      pushValid(f, args[0]!)
      if (isNull) f.op('i32.eqz')
      f.set(result.locals[0]!)
      return result
    },
  }
}

function truthTest(
  name: string,
  summary: string,
  example: string,
  wanted: 0 | 1,
  negated: boolean,
): EagerFunction {
  return {
    name,
    summary,
    example,
    category: 'logic',
    nulls: 'own',
    nullable: () => false,
    resolve: (args) => (args.length === 1 ? allBool(args) : null),
    lower(context, args) {
      const { f } = context
      const value = args[0]!
      const result = declareValue(f, types.bool, false)
      f.get(value.locals[0]!)
      if (wanted === 0) f.op('i32.eqz')
      pushValid(f, value)
      f.op('i32.and')
      if (negated) f.op('i32.eqz')
      f.set(result.locals[0]!)
      return result
    },
  }
}

/** Exclusive or; NULL when either side is. */
const exclusiveOr: EagerFunction = {
  name: 'bool_xor',
  category: 'logic',
  summary: 'Whether exactly one of two truth values is true.',
  example: 'bool_xor(true, false)',
  nulls: 'strict',
  resolve: (args) => (args.length === 2 ? allBool(args) : null),
  lower(context, args) {
    const { f } = context
    const result = declareValue(f, types.bool, false)
    f.get(args[0]!.locals[0]!)
    f.get(args[1]!.locals[0]!)
    f.op('i32.ne')
    f.set(result.locals[0]!)
    return result
  },
}

export const logicFunctions: readonly ScalarFunction[] = [
  connective('and', 'True when both are, false when one is false, else NULL.', 'true AND NULL', 0),
  connective('or', 'True when one is, false when both are false, else NULL.', 'false OR NULL', 1),
  not,
  exclusiveOr,
  nullTest('is_null', 'isnull', 'Whether the value is NULL.', 'NULL IS NULL', true),
  nullTest('is_not_null', 'notnull', 'Whether the value is not NULL.', '1 IS NOT NULL', false),
  truthTest('is_true', 'Whether the value is true (not NULL).', 'true IS TRUE', 1, false),
  truthTest('is_not_true', 'Whether the value is false or NULL.', 'NULL IS NOT TRUE', 1, true),
  truthTest('is_false', 'Whether the value is false (not NULL).', 'false IS FALSE', 0, false),
  truthTest('is_not_false', 'Whether the value is true or NULL.', 'NULL IS NOT FALSE', 0, true),
]
