import type { SourceSpan } from '../errors.ts'
import { findAggregate, resolveAggregate, type ResolvedAggregate } from '../functions/aggregate-signatures.ts'
import type { Expression, SortKey } from '../plan/plan.ts'
import { castArguments } from './cast-arguments.ts'
import { booleanCall } from './coerce.ts'
import { collated } from './collation.ts'
import { collationOf } from './text-collation.ts'
import { deriveAggregate, severalQuantiles } from './derived-aggregate.ts'
import { atSpan } from './environment.ts'

/** An aggregate of the executor's. */
export interface PlainAggregate extends ResolvedAggregate {
  /** Cast. */
  readonly args: readonly Expression[]
}

/** Puts an aggregate into the query; `more` goes beside what the call itself says. */
type Add = (
  aggregate: PlainAggregate,
  more?: { readonly orderBy?: readonly SortKey[]; readonly where?: Expression },
) => Expression

/** A call of an aggregate by any of its names: one of the executor's, or an expression over several of them. */
export function makeAggregate(
  name: string,
  given: readonly Expression[],
  add: Add,
  span: SourceSpan | undefined,
): Expression {
  const signature = findAggregate(name)
  const isExtreme = signature?.name === 'min' || signature?.name === 'max'
  if (isExtreme && given.length === 1 && collationOf(given[0]!.type) !== null)
    return makeAggregate(`arg_${signature.name}`, [given[0]!, given[0]!], add, span)
  const args = comparedUnderCollation(signature?.name, given)
  const several = severalQuantiles(
    signature?.name ?? name,
    args,
    (each) => makeAggregate(name, each, add, span),
    span,
  )
  if (several) return several
  const resolved = atSpan(span, () =>
    resolveAggregate(
      name,
      args.map((arg) => arg.type),
    ),
  )
  const cast = castArguments(resolved.fn, args, resolved.argTypes)
  const derived = deriveAggregate({
    fn: resolved.fn,
    args: cast,
    type: resolved.type,
    span,
    make: (fn, list, more) =>
      makeAggregate(fn, list, (plain, inner) => add(plain, { ...more, ...inner }), span),
  })
  return derived ?? add({ ...resolved, args: cast })
}

/** What `arg_min` and `arg_max` look for, which those of several rows compare as it is. */
function comparedUnderCollation(
  name: string | undefined,
  args: readonly Expression[],
): readonly Expression[] {
  const isArgument = (name === 'arg_min' || name === 'arg_max') && args.length === 2
  return isArgument ? [args[0]!, collated(args[1]!)] : args
}

/** The conjunction of those conditions that are there; null when none is. */
export function allOf(conditions: readonly (Expression | null)[]): Expression | null {
  const present = conditions.filter((each) => each !== null)
  return present.length < 2 ? (present[0] ?? null) : booleanCall('and', present)
}
