import type { DataType } from '../arrow/types.ts'
import type { Literals, ScalarFunction, Signature } from './scalar-function.ts'
import { arithmeticFunctions } from './scalar/arithmetic.ts'
import { bitFunctions } from './scalar/bits.ts'
import { comparisonFunctions } from './scalar/comparison.ts'
import { conditionalFunctions } from './scalar/conditional.ts'
import { divisionFunctions } from './scalar/division.ts'
import { durationFunctions } from './scalar/duration.ts'
import { encodingFunctions } from './scalar/encoding.ts'
import { isIn } from './scalar/is-in.ts'
import { jsonFunctions } from './scalar/json.ts'
import { jsonbFunctions } from './scalar/jsonb.ts'
import { lambdaFunctions } from './scalar/lambda.ts'
import { identityFunctions } from './scalar/identity.ts'
import { listGradeFunctions } from './scalar/list-grade.ts'
import { listFunctions } from './scalar/list.ts'
import { listSetFunctions } from './scalar/list-sets.ts'
import { listShapeFunctions } from './scalar/list-shape.ts'
import { listValueFunctions } from './scalar/list-values.ts'
import { listVectorFunctions } from './scalar/list-vectors.ts'
import { logicFunctions } from './scalar/logic.ts'
import { mapFunctions } from './scalar/map.ts'
import { mathFunctions } from './scalar/math.ts'
import { patternFunctions } from './scalar/pattern.ts'
import { postgresFunctions } from './scalar/postgres.ts'
import { sequenceFunctions } from './scalar/sequence.ts'
import { structFunctions } from './scalar/struct.ts'
import { unionFunctions } from './scalar/union.ts'
import { temporalFunctions } from './scalar/temporal.ts'
import { textDistanceFunctions } from './scalar/text-distance.ts'
import { textFunctions } from './scalar/text.ts'

/** Every scalar function and operator, in the order of the reference. */
export const scalarFunctions: readonly ScalarFunction[] = [
  ...arithmeticFunctions,
  ...divisionFunctions,
  ...comparisonFunctions,
  isIn,
  ...logicFunctions,
  ...conditionalFunctions,
  ...mathFunctions,
  ...bitFunctions,
  ...textFunctions,
  ...textDistanceFunctions,
  ...encodingFunctions,
  ...identityFunctions,
  ...sequenceFunctions,
  ...patternFunctions,
  ...postgresFunctions,
  ...temporalFunctions,
  ...durationFunctions,
  ...listFunctions,
  ...listShapeFunctions,
  ...listValueFunctions,
  ...listSetFunctions,
  ...listGradeFunctions,
  ...listVectorFunctions,
  ...lambdaFunctions,
  ...structFunctions,
  ...unionFunctions,
  ...mapFunctions,
  ...jsonFunctions,
  ...jsonbFunctions,
]

const byName = new Map<string, ScalarFunction>()
for (const fn of scalarFunctions) for (const name of [fn.name, ...(fn.aliases ?? [])]) byName.set(name, fn)

export interface ResolvedScalar extends Signature {
  readonly fn: ScalarFunction
  /** The canonical name, for `CallExpression.fn`. */
  readonly name: string
  /** Whether the result can be NULL, by whether each argument can. */
  nullability(args: readonly boolean[]): boolean
}

/** By name or alias, in any case. */
export function findScalar(name: string): ScalarFunction | undefined {
  return byName.get(name) ?? byName.get(name.toLowerCase())
}

/**
 * What a call with these argument types means; undefined when no such function takes them (`findScalar` tells whether
 * the name exists). Pass `literals` where known: `round(decimal, 2)` and `date_part('epoch', …)` depend on them.
 */
export function resolveScalar(
  name: string,
  argTypes: readonly DataType[],
  literals?: Literals,
): ResolvedScalar | undefined {
  const fn = findScalar(name)
  const signature = fn?.resolve(argTypes, literals)
  if (fn === undefined || signature === null || signature === undefined) return undefined
  return { ...signature, fn, name: fn.name, nullability: (args) => isNullable(fn, args) }
}

function isNullable(fn: ScalarFunction, args: readonly boolean[]): boolean {
  if (typeof fn.nullable === 'function') return fn.nullable(args)
  return fn.nullable === true || (fn.nulls === 'strict' ? args.some(Boolean) : true)
}

/** All canonical names, sorted. */
export function scalarNames(): readonly string[] {
  return scalarFunctions.map((fn) => fn.name).toSorted()
}
