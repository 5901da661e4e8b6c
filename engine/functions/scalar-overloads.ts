import { sameType, type DataType } from '../arrow/types.ts'
import type { Signature } from './scalar-function.ts'
import { implicitCastCost } from './scalar-types.ts'

/** One fixed list of parameter types and the result. */
export interface Overload {
  readonly args: readonly DataType[]
  readonly type: DataType
}

/** The overload that needs the least implicit casting; the first of equals; null when none takes the arguments. */
export function chooseOverload<T extends Overload>(
  overloads: readonly T[],
  args: readonly DataType[],
): T | null {
  let best: T | null = null
  let bestCost = Infinity
  for (const overload of overloads) {
    if (overload.args.length !== args.length) continue
    const costs = args.map((type, i) => implicitCastCost(type, overload.args[i]!))
    if (costs.includes(null)) continue
    const cost = costs.reduce((sum: number, one) => sum + one!, 0)
    if (cost < bestCost) {
      best = overload
      bestCost = cost
    }
  }
  return best
}

export function overloadSignature(overload: Overload | null): Signature | null {
  return overload === null ? null : { argTypes: overload.args, type: overload.type }
}

/** The overload that a resolved call uses: its arguments have exactly these types. */
export function resolvedOverload<T extends Overload>(
  overloads: readonly T[],
  args: readonly { readonly type: DataType }[],
): T | null {
  const fits = (overload: T) =>
    overload.args.length === args.length && overload.args.every((type, i) => sameType(type, args[i]!.type))
  return overloads.find(fits) ?? null
}
