import { types, type DataType } from '../../arrow/types.ts'
import type { Opcode } from '../../codegen/opcodes.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import { emitCompare, emitEquals, emitNullSafeEquals } from '../../codegen/compare.ts'
import { declareValue, type Value } from '../../codegen/value.ts'
import type { EagerFunction, ScalarFunction, Signature } from '../scalar-function.ts'
import { commonComparedType } from '../scalar-types.ts'

function resolveCompared(args: readonly DataType[]): Signature | null {
  if (args.length !== 2) return null
  const common = commonComparedType(args[0]!, args[1]!)
  return common === null ? null : { argTypes: [common, common], type: types.bool }
}

function comparison(
  name: string,
  aliases: readonly string[],
  summary: string,
  example: string,
  test: Test,
): EagerFunction {
  return {
    name,
    aliases,
    summary,
    example,
    category: 'comparison',
    nulls: 'strict',
    guarded: true,
    resolve: resolveCompared,
    lower: (context, args) => lowerComparison(context, args[0]!, args[1]!, test),
  }
}

type Test = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge'

/** Compares two values of one type that are not NULL. */
export function lowerComparison(context: CodeContext, a: Value, b: Value, test: Test): Value {
  const { f } = context
  const result = declareValue(f, types.bool, false)
  const direct = directOpcode(a, test)
  if (direct !== null) {
    f.get(a.locals[0]!)
    f.get(b.locals[0]!)
    f.op(direct)
  } else if (test === 'eq' || test === 'ne') {
    emitEquals(context, a, b)
    if (test === 'ne') f.op('i32.eqz')
  } else {
    emitCompare(context, a, b, { descending: false, nullsFirst: false })
    f.i32(0)
    f.op(`i32.${test}_s`)
  }
  f.set(result.locals[0]!)
  return result
}

/** One instruction, where the type has one that orders as SQL does (floats have not: NaN is the greatest value). */
function directOpcode(value: Value, test: Test): Opcode | null {
  const isEquality = test === 'eq' || test === 'ne'
  switch (value.physical) {
    case 'i64':
      return isEquality ? `i64.${test}` : `i64.${test}_s`
    case 'u64':
      return isEquality ? `i64.${test}` : `i64.${test}_u`
    case 'i8':
    case 'i16':
    case 'i32':
      return isEquality ? `i32.${test}` : `i32.${test}_s`
    case 'bool':
    case 'u8':
    case 'u16':
    case 'u32':
      return isEquality ? `i32.${test}` : `i32.${test}_u`
    default:
      return null
  }
}

function distinctness(name: string, summary: string, example: string, isNot: boolean): EagerFunction {
  return {
    name,
    summary,
    example,
    category: 'comparison',
    nulls: 'own',
    nullable: () => false,
    resolve: resolveCompared,
    lower(context, args) {
      const { f } = context
      const result = declareValue(f, types.bool, false)
      emitNullSafeEquals(context, args[0]!, args[1]!)
      if (!isNot) f.op('i32.eqz')
      f.set(result.locals[0]!)
      return result
    },
  }
}

/** Greatest or least of the arguments that are not NULL; NULL when all are. */
function extreme(name: string, summary: string, example: string, keep: 'gt' | 'lt'): EagerFunction {
  return {
    name,
    summary,
    example,
    category: 'comparison',
    nulls: 'own',
    nullable: (args) => args.every(Boolean),
    resolve(args) {
      if (args.length === 0) return null
      let common: DataType | null = args[0]!
      for (const type of args.slice(1)) common = common === null ? null : commonComparedType(common, type)
      return common === null ? null : { argTypes: args.map(() => common), type: common }
    },
    lower(context, args, call) {
      const { f } = context
      const result = declareValue(
        f,
        call.type,
        args.every((arg) => arg.valid !== null),
      )
      const best: Value = { ...result, valid: f.local('i32') }
      f.i32(0)
      f.set(best.valid!)
      for (const arg of args) {
        const take = () => {
          f.block((exit) => {
            f.get(best.valid!)
            f.if(() => {
              emitCompare(
                context,
                { ...arg, valid: null },
                { ...best, valid: null },
                { descending: false, nullsFirst: false },
              )
              f.i32(0)
              f.op(keep === 'gt' ? 'i32.le_s' : 'i32.ge_s')
              f.brIf(exit)
            })
            arg.locals.forEach((local, i) => {
              f.get(local)
              f.set(best.locals[i]!)
            })
            f.i32(1)
            f.set(best.valid!)
          })
        }
        if (arg.valid === null) take()
        else {
          f.get(arg.valid)
          f.if(take)
        }
      }
      if (result.valid !== null) {
        f.get(best.valid!)
        f.set(result.valid)
      }
      return result
    },
  }
}

export function resolveAllCompared(args: readonly DataType[]): Signature | null {
  if (args.length < 2) return null
  let common: DataType | null = args[0]!
  for (const type of args.slice(1)) common = common === null ? null : commonComparedType(common, type)
  return common === null ? null : { argTypes: args.map(() => common), type: types.bool }
}

const between: EagerFunction = {
  name: 'between',
  category: 'comparison',
  summary: 'Whether the first value lies between the other two, both included.',
  example: '5 BETWEEN 1 AND 10',
  nulls: 'own',
  nullable: (args) => args.some(Boolean),
  resolve(args) {
    if (args.length !== 3) return null
    return resolveAllCompared(args)
  },
  lower(context, args) {
    const { f } = context
    const [value, low, high] = args as [Value, Value, Value]
    const isNullable = args.some((arg) => arg.valid !== null)
    const result = declareValue(f, types.bool, isNullable)
    const sides = [low, high].map((bound, i) => {
      const side = declareValue(f, types.bool, true)
      f.i32(1)
      f.set(side.locals[0]!)
      pushBothValid(context, value, bound)
      f.tee(side.valid!)
      f.if(() => {
        const test = i === 0 ? 'ge' : 'le'
        const compared = lowerComparison(context, { ...value, valid: null }, { ...bound, valid: null }, test)
        f.get(compared.locals[0]!)
        f.set(side.locals[0]!)
      })
      return side
    })
    const [above, below] = sides as [Value, Value]
    f.get(above.locals[0]!)
    f.get(below.locals[0]!)
    f.op('i32.and')
    f.set(result.locals[0]!)
    if (result.valid !== null) {
      // a side under a NULL holds 1, so a 0 is known to be false
      f.get(result.locals[0]!)
      f.op('i32.eqz')
      f.get(above.valid!)
      f.get(below.valid!)
      f.op('i32.and')
      f.op('i32.or')
      f.set(result.valid)
    }
    return result
  },
}

function pushBothValid(context: CodeContext, a: Value, b: Value): void {
  const { f } = context
  if (a.valid === null) f.i32(1)
  else f.get(a.valid)
  if (b.valid === null) return
  f.get(b.valid)
  f.op('i32.and')
}

export const comparisonFunctions: readonly ScalarFunction[] = [
  comparison(
    '=',
    ['=='],
    'Whether two values are equal; NULL when one of them is NULL. NaN equals NaN.',
    '1 = 1',
    'eq',
  ),
  comparison('<>', ['!='], 'Whether two values differ.', '1 <> 2', 'ne'),
  comparison('<', [], 'Whether the first value is less. NaN is the greatest number.', '1 < 2', 'lt'),
  comparison('<=', [], 'Whether the first value is less or equal.', '2 <= 2', 'le'),
  comparison('>', [], 'Whether the first value is greater.', '2 > 1', 'gt'),
  comparison('>=', [], 'Whether the first value is greater or equal.', '2 >= 2', 'ge'),
  distinctness(
    'is_distinct_from',
    'Whether two values differ, NULL being equal to NULL.',
    '1 IS DISTINCT FROM NULL',
    false,
  ),
  distinctness(
    'is_not_distinct_from',
    'Whether two values are equal, NULL being equal to NULL.',
    'NULL IS NOT DISTINCT FROM NULL',
    true,
  ),
  extreme('greatest', 'The greatest of the values that are not NULL.', 'greatest(3, 7, 5)', 'gt'),
  extreme('least', 'The least of the values that are not NULL.', 'least(3, 7, 5)', 'lt'),
  between,
]
