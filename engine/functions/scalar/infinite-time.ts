import { pushIsInfinite } from '../../codegen/infinite-time.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import { copyValue, declareValue, type Value } from '../../codegen/value.ts'
import type { EagerFunction } from '../scalar-function.ts'

function isPoint({ type }: Value): boolean {
  return type.kind === 'date' || type.kind.startsWith('timestamp')
}

/** The function, but NULL where a date or timestamp among its arguments is infinite. */
export function nullOfInfinite(fn: EagerFunction): EagerFunction {
  return {
    ...fn,
    nullable: true,
    lower(context, args, call) {
      const { f } = context
      const points = args.filter(isPoint)
      if (points.length === 0) return fn.lower(context, args, call)
      const result = declareValue(f, call.type, true)
      points.forEach((point, index) => {
        pushIsInfinite(f, point)
        if (index > 0) f.op('i32.or')
      })
      f.op('i32.eqz')
      f.tee(result.valid!)
      f.if(() => context.branch(() => copyValue(f, fn.lower(context, args, call), result)))
      return result
    },
  }
}

/** The function, but an infinite date or timestamp among its arguments, the first of them, is the result itself. */
export function sameOfInfinite(fn: EagerFunction): EagerFunction {
  return {
    ...fn,
    lower(context, args, call) {
      const point = args.find(isPoint)
      if (point?.physical !== declareValue(context.f, call.type, false).physical)
        return fn.lower(context, args, call)
      return unlessInfinite(context, { ...point, type: call.type }, () => fn.lower(context, args, call))
    },
  }
}

/** What `finite` gives, but of an infinite date or timestamp the value itself. */
export function unlessInfinite(context: CodeContext, point: Value, finite: () => Value): Value {
  const { f } = context
  const result = declareValue(f, point.type, false)
  copyValue(f, point, result)
  pushIsInfinite(f, point)
  f.op('i32.eqz')
  f.if(() => context.branch(() => copyValue(f, finite(), result)))
  return result
}
