import type { DataType } from '../arrow/types.ts'
import type { ErrorCode, SourceSpan } from '../errors.ts'
import type { WasmType } from './assembler.ts'
import type { CodeContext } from './code-context.ts'
import { declareValue, wasmTypes, type Value } from './value.ts'

export interface KernelCall {
  readonly kernel: string
  readonly args: readonly Value[]
  readonly type: DataType
  /** Further i32 constants after the arguments. */
  readonly constants?: readonly number[]
  /** The kernel needs scratch space: it takes the thread block first. Always so when it returns bytes or a list. */
  readonly thread?: boolean
  /** The kernel may say NULL. */
  readonly nullable?: boolean
  /** What the kernel's failures 2, 3, … mean (see `assembly/outcome.ts`). */
  readonly failures?: readonly KernelFailure[]
  readonly span?: SourceSpan | undefined
}

export interface KernelFailure {
  readonly code: ErrorCode
  readonly message: string
}

/**
 * Emits the call of a static kernel. The arguments' locals are passed in order. Bytes and lists come back as one i64
 * (pointer, length << 32); of an i128 and an interval one part is returned and the others are fetched.
 */
export function emitKernelCall(context: CodeContext, call: KernelCall): Value {
  const { f } = context
  const result = declareValue(f, call.type, call.nullable === true)
  const packed = result.physical === 'bytes' || result.physical === 'list'
  const params: WasmType[] = []
  if (packed || call.thread === true) {
    f.get(context.thread)
    params.push('i32')
  }
  for (const { physical, locals } of call.args) {
    for (const local of locals) f.get(local)
    params.push(...wasmTypes(physical))
  }
  for (const constant of call.constants ?? []) {
    f.i32(constant)
    params.push('i32')
  }
  const returned = packed || result.physical === 'interval' ? 'i64' : result.locals[0]!.type
  f.call(context.kernel(call.kernel, { params, results: [returned] }))
  takeResult(context, result)
  takeOutcome(context, call, result)
  return result
}

function takeResult(context: CodeContext, result: Value): void {
  const { f } = context
  const [first, second, third] = result.locals
  switch (result.physical) {
    case 'bytes':
    case 'list': {
      const both = f.local('i64')
      f.tee(both)
      f.op('i32.wrap_i64')
      f.set(first!)
      f.get(both)
      f.i64(32n)
      f.op('i64.shr_u')
      f.op('i32.wrap_i64')
      f.set(second!)
      break
    }
    case 'i128':
      f.set(first!)
      f.call(context.kernel('result_high', { params: [], results: ['i64'] }))
      f.set(second!)
      break
    case 'interval':
      f.set(third!)
      f.call(context.kernel('result_months', { params: [], results: ['i32'] }))
      f.set(first!)
      f.call(context.kernel('result_days', { params: [], results: ['i32'] }))
      f.set(second!)
      break
    default:
      f.set(first!)
  }
}

function takeOutcome(context: CodeContext, call: KernelCall, result: Value): void {
  const { f } = context
  const failures = call.failures ?? []
  if (result.valid === null && failures.length === 0) return
  f.call(context.kernel('take_outcome', { params: [], results: ['i32'] }))
  const outcome = f.keep('i32')
  if (result.valid !== null) {
    f.get(outcome)
    f.op('i32.eqz')
    f.set(result.valid)
  }
  if (failures.length === 0) return
  f.get(outcome)
  f.i32(2)
  f.op('i32.ge_u')
  f.if(() => {
    failures.forEach(({ code, message }, i) => {
      f.get(outcome)
      f.i32(i + 2)
      f.op('i32.eq')
      f.if(() => context.raise(code, message, call.span))
    })
  })
}
