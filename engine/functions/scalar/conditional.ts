import { sameType, types, type DataType } from '../../arrow/types.ts'
import { emitEquals } from '../../codegen/compare.ts'
import { copyValue, declareValue, pushValid, type Value } from '../../codegen/value.ts'
import type { EagerFunction, LazyFunction, ScalarFunction } from '../scalar-function.ts'
import { commonComparedType, commonType, commonTypeOf } from '../scalar-types.ts'

const coalesce: LazyFunction = {
  name: 'coalesce',
  aliases: ['ifnull'],
  category: 'conditional',
  summary: 'The first value that is not NULL; the others are not evaluated.',
  example: "coalesce(NULL, 'b', 'c')",
  nulls: 'lazy',
  nullable: (args) => args.every(Boolean),
  resolve(args) {
    const common = commonTypeOf(args)
    return common === null ? null : { argTypes: args.map(() => common), type: common }
  },
  lower(context, call, compile) {
    const { f } = context
    const result = declareValue(f, call.type, true)
    f.i32(0)
    f.set(result.valid!)
    f.block((done) => {
      for (const [i, argument] of call.args.entries()) {
        const take = () => {
          const value = compile(argument)
          copyValue(f, value, result)
          pushValid(f, value)
          f.brIf(done)
        }
        if (i === 0) take()
        else context.branch(take)
      }
    })
    return call.args.some((argument) => !argument.nullable) ? { ...result, valid: null } : result
  },
}

const nullIf: EagerFunction = {
  name: 'nullif',
  category: 'conditional',
  summary: 'NULL when both values are equal, else the first.',
  example: 'nullif(5, 5)',
  nulls: 'own',
  resolve(args) {
    if (args.length !== 2) return null
    const common = commonComparedType(args[0]!, args[1]!)
    return common === null ? null : { argTypes: [common, common], type: common }
  },
  lower(context, args) {
    const { f } = context
    const [a, b] = args as [Value, Value]
    const valid = f.local('i32')
    pushValid(f, a)
    f.set(valid)
    pushValid(f, a)
    pushValid(f, b)
    f.op('i32.and')
    f.if(() => {
      emitEquals(context, { ...a, valid: null }, { ...b, valid: null })
      f.op('i32.eqz')
      f.set(valid)
    })
    return { ...a, valid }
  },
}

const conditional: LazyFunction = {
  name: 'if',
  aliases: ['iff'],
  category: 'conditional',
  summary: 'The second value when the first is true, else the third; only one of them is evaluated.',
  example: "if(1 < 2, 'yes', 'no')",
  nulls: 'lazy',
  nullable: ([, then, otherwise]) => then === true || otherwise === true,
  resolve(args) {
    const [condition, then, otherwise] = args as [DataType, DataType, DataType]
    if (args.length !== 3 || !(sameType(condition, types.bool) || condition.kind === 'null')) return null
    const common = commonType(then, otherwise)
    return common === null ? null : { argTypes: [types.bool, common, common], type: common }
  },
  lower(_context, call, compile) {
    const [when, then, otherwise] = call.args
    return compile({
      kind: 'case',
      branches: [{ when: when!, then: then! }],
      otherwise: otherwise!,
      type: call.type,
      nullable: call.nullable,
    })
  },
}

/** What Polars cells check their data with. */
const ensure: LazyFunction = {
  name: 'ensure',
  category: 'conditional',
  summary: 'The first value; the query fails with the message when the condition is not true.',
  example: "ensure(5, 5 > 0, 'the value must be above 0')",
  nulls: 'lazy',
  nullable: ([value]) => value === true,
  resolve(args, literals) {
    const [value, condition] = args as [DataType, DataType, DataType]
    if (args.length !== 3 || typeof literals?.[2] !== 'string') return null
    if (!(sameType(condition, types.bool) || condition.kind === 'null')) return null
    return { argTypes: [value, types.bool, types.utf8], type: value }
  },
  lower(context, call, compile) {
    const { f } = context
    const [value, condition, message] = call.args
    const text = message?.kind === 'literal' && typeof message.value === 'string' ? message.value : ''
    const checked = compile(condition!)
    pushValid(f, checked)
    f.get(checked.locals[0]!)
    f.op('i32.and')
    f.op('i32.eqz')
    f.if(() => context.raise('invalid_argument', text, call.span))
    return compile(value!)
  },
}

const attempt: LazyFunction = {
  name: 'try',
  category: 'conditional',
  summary: 'The value, or NULL where it cannot be computed.',
  example: 'try(ln(0))',
  nulls: 'lazy',
  nullable: () => true,
  resolve: (args) => (args.length === 1 ? { argTypes: args, type: args[0]! } : null),
  lower(context, call, compile) {
    const { f } = context
    const result = declareValue(f, call.type, true)
    f.i32(0)
    f.set(result.valid!)
    f.block((failed) => {
      context.attempt(failed, () => copyValue(f, compile(call.args[0]!), result))
    })
    return result
  },
}

export const conditionalFunctions: readonly ScalarFunction[] = [
  coalesce,
  nullIf,
  conditional,
  attempt,
  ensure,
]
