import type { DataType } from '../arrow/types.ts'
import type { CodeContext } from '../codegen/code-context.ts'
import type { Value } from '../codegen/value.ts'
import type { CallExpression, Expression, LiteralValue } from '../plan/plan.ts'

/** Chapters of the function reference that is generated from the registry. */
export type ScalarCategory =
  | 'operator'
  | 'comparison'
  | 'logic'
  | 'conditional'
  | 'math'
  | 'bits'
  | 'text'
  | 'pattern'
  | 'date and time'
  | 'list'
  | 'struct'
  | 'map'
  | 'json'

export interface Signature {
  /** What the binder must cast each argument to. */
  readonly argTypes: readonly DataType[]
  readonly type: DataType
}

/** By argument; undefined where the argument is not a literal. */
export type Literals = readonly (LiteralValue | undefined)[]

interface Described {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly category: ScalarCategory
  /** One sentence for the reference. */
  readonly summary: string
  /** A statement that the example needs. */
  readonly setup?: string
  /** A SQL expression that shows it. */
  readonly example: string
  /**
   * Null when the function does not take these arguments. A NULL literal has type `null`, which every parameter takes.
   * `literals` has the values of those arguments that are literals, since some result types depend on them
   * (`round(x, 2)` of a decimal, `date_part('epoch', …)`).
   */
  resolve(args: readonly DataType[], literals?: Literals): Signature | null
  /**
   * Whether the result can be NULL. By default a strict function's can when an argument's can, and any other's can.
   * `true` adds that it may be NULL although no argument is; a function of the arguments' nullability decides itself.
   */
  readonly nullable?: boolean | ((args: readonly boolean[]) => boolean)
}

/**
 * A function whose arguments are all evaluated first.
 *
 * - `strict`: NULL in, NULL out; `lower` computes the rest. It runs under a NULL too, on unspecified values, unless
 *   the function is `guarded` (it may fail, trap or read memory).
 * - `own`: `lower` looks at the arguments' `valid` itself.
 */
export interface EagerFunction extends Described {
  readonly nulls: 'strict' | 'own'
  readonly guarded?: boolean
  /** Must not set the arguments' locals. The result may use them. */
  lower(context: CodeContext, args: readonly Value[], call: CallExpression): Value
}

/** A function that decides which arguments are evaluated, and where. */
export interface LazyFunction extends Described {
  readonly nulls: 'lazy'
  lower(context: CodeContext, call: CallExpression, compile: (argument: Expression) => Value): Value
}

export type ScalarFunction = EagerFunction | LazyFunction
