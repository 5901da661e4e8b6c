import { emitKernelCall, type KernelFailure } from '../../codegen/kernel-call.ts'
import { internalError } from '../../errors.ts'
import type { EagerFunction, ScalarCategory } from '../scalar-function.ts'
import { chooseOverload, overloadSignature, resolvedOverload, type Overload } from '../scalar-overloads.ts'

export interface KernelOverload extends Overload {
  /** Exported name in `kernels/assembly`. */
  readonly kernel: string
  /** i32 constants passed after the arguments. */
  readonly constants?: readonly number[]
  /** The kernel takes the thread block first although it returns no bytes. */
  readonly thread?: boolean
}

interface KernelFunctionOptions {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly category: ScalarCategory
  readonly summary: string
  readonly example: string
  readonly overloads: readonly KernelOverload[]
  /** The kernel may say NULL. */
  readonly nullable?: boolean
  readonly failures?: readonly KernelFailure[]
}

/** A strict function that is one call of a static kernel. */
export function kernelFunction(options: KernelFunctionOptions): EagerFunction {
  const { overloads, nullable = false, failures = [], ...described } = options
  return {
    ...described,
    nulls: 'strict',
    guarded: true,
    nullable,
    resolve: (args) => overloadSignature(chooseOverload(overloads, args)),
    lower(context, args, call) {
      const overload = resolvedOverload(overloads, args)
      if (overload === null) throw internalError(`${call.fn} was bound with types it does not take`)
      const { kernel, type, constants = [], thread = false } = overload
      return emitKernelCall(context, {
        kernel,
        args,
        type,
        constants,
        thread,
        nullable,
        failures,
        span: call.span,
      })
    },
  }
}
