import type { CodeContext, ScalarCompiler } from '../codegen/code-context.ts'
import type { Local } from '../codegen/assembler.ts'
import { copyValue, declareValue, type Value } from '../codegen/value.ts'
import { LakebookError } from '../errors.ts'
import type { CallExpression } from '../plan/plan.ts'
import type { EagerFunction } from './scalar-function.ts'
import { findScalar } from './scalar-registry.ts'

/** Emits calls of scalar functions, with the NULL handling that each function asks for. */
export const scalarCompiler: ScalarCompiler = {
  compileCall(context, call, compile) {
    const fn = findScalar(call.fn)
    if (fn === undefined) {
      throw new LakebookError('unknown_function', `There is no function ${call.fn}`, { span: call.span })
    }
    if (fn.nulls === 'lazy') return fn.lower(context, call, compile)
    const args = call.args.map(compile)
    return fn.nulls === 'own' ? fn.lower(context, args, call) : lowerStrict(context, fn, args, call)
  },
}

function lowerStrict(
  context: CodeContext,
  fn: EagerFunction,
  args: readonly Value[],
  call: CallExpression,
): Value {
  const { f } = context
  const valid = allValid(context, args)
  if (valid === null) return fn.lower(context, args, call)
  if (fn.guarded !== true) {
    const result = fn.lower(context, args, call)
    if (result.valid === null) return { ...result, valid }
    f.get(valid)
    f.get(result.valid)
    f.op('i32.and')
    return { ...result, valid: f.keep('i32') }
  }
  const result = declareValue(f, call.type, true)
  f.i32(0)
  f.set(result.valid!)
  f.get(valid)
  f.if(() => context.branch(() => copyValue(f, fn.lower(context, args.map(withoutNull), call), result)))
  return result
}

function withoutNull(value: Value): Value {
  return value.valid === null ? value : { ...value, valid: null }
}

/** 1 where every value is valid; null when none can be NULL. */
function allValid(context: CodeContext, args: readonly Value[]): Local | null {
  const { f } = context
  const valids = new Set(args.map((arg) => arg.valid).filter((valid) => valid !== null))
  if (valids.size <= 1) return valids.values().next().value ?? null
  let first = true
  for (const valid of valids) {
    f.get(valid)
    if (!first) f.op('i32.and')
    first = false
  }
  return f.keep('i32')
}
