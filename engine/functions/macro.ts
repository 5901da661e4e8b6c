import type { DataType } from '../arrow/types.ts'
import { conditionalMacros } from './macros/conditional.ts'
import { listMacros } from './macros/list.ts'
import { mathMacros } from './macros/math.ts'
import { postgresMacros } from './macros/postgres.ts'
import { systemMacros } from './macros/system.ts'
import { temporalMacros } from './macros/temporal.ts'
import { textMacros } from './macros/text.ts'
import type { ScalarCategory } from './scalar-function.ts'

/** One way to write a macro's call. */
export interface MacroForm {
  /** Names that stand for the arguments in the body. */
  readonly parameters: readonly string[]
  /** A SQL expression. */
  readonly body: string
  /** Only for arguments of such types; absent: any. */
  readonly when?: (types: readonly DataType[]) => boolean
}

/** A function that is an expression over other ones, which the binder puts in its place. */
export interface Macro {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly category: ScalarCategory
  readonly summary: string
  readonly example: string
  /** The first that fits the number of arguments, and their types where it says so, is taken. */
  readonly forms: readonly MacroForm[]
}

export const macros: readonly Macro[] = [
  ...mathMacros,
  ...conditionalMacros,
  ...textMacros,
  ...temporalMacros,
  ...listMacros,
  ...postgresMacros,
  ...systemMacros,
]

const byName: ReadonlyMap<string, Macro> = new Map(
  macros.flatMap((macro) => [macro.name, ...(macro.aliases ?? [])].map((name) => [name, macro] as const)),
)

/** By name or alias, in any case. */
export function findMacro(name: string): Macro | undefined {
  return byName.get(name.toLowerCase())
}

export function macroNames(): readonly string[] {
  return [...byName.keys()]
}
