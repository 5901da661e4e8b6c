import { types } from '../../arrow/types.ts'
import { emitEquals } from '../../codegen/compare.ts'
import { declareValue } from '../../codegen/value.ts'
import type { Expression, LiteralExpression } from '../../plan/plan.ts'
import type { LazyFunction } from '../scalar-function.ts'
import { resolveAllCompared } from './comparison.ts'
import { emitIsInSet, placeLiteralSet } from './literal-set.ts'

/** `value IN (a, b, …)`: true on a match; else NULL when the value or a candidate is NULL. Many literals are a set. */
export const isIn: LazyFunction = {
  name: 'in',
  category: 'comparison',
  summary:
    'Whether the first value equals one of the others; NULL when it equals none and one of them is NULL.',
  example: '3 IN (1, 2, 3)',
  nulls: 'lazy',
  nullable: (args) => args.some(Boolean),
  resolve: resolveAllCompared,
  lower(context, call, compile) {
    const { f } = context
    const [operand, ...candidates] = call.args as readonly [Expression, ...Expression[]]
    const value = compile(operand)
    const literals = candidates.filter(isKnown)
    const set = placeLiteralSet(
      context,
      operand.type,
      literals.map((each) => each.value),
    )
    const others = (set === null ? candidates : candidates.filter((each) => !isKnown(each))).map(compile)
    const isNullable = value.valid !== null || others.some((other) => other.valid !== null)
    const result = declareValue(f, types.bool, isNullable)
    const found = result.locals[0]!
    const sawNull = f.local('i32')
    f.i32(0)
    f.set(found)
    f.i32(0)
    f.set(sawNull)
    f.block((done) => {
      if (value.valid !== null) {
        f.get(value.valid)
        f.op('i32.eqz')
        f.tee(sawNull)
        f.brIf(done)
      }
      if (set !== null) {
        emitIsInSet(context, { ...value, valid: null }, set)
        f.tee(found)
        f.brIf(done)
      }
      for (const other of others) {
        const test = () => {
          emitEquals(context, { ...value, valid: null }, { ...other, valid: null })
          f.tee(found)
          f.brIf(done)
        }
        if (other.valid === null) test()
        else {
          f.get(other.valid)
          f.if(test, () => {
            f.i32(1)
            f.set(sawNull)
          })
        }
      }
    })
    if (result.valid !== null) {
      f.get(found)
      f.get(sawNull)
      f.op('i32.eqz')
      f.op('i32.or')
      f.set(result.valid)
    }
    return result
  },
}

function isKnown(candidate: Expression): candidate is LiteralExpression {
  return candidate.kind === 'literal' && candidate.value !== null
}
