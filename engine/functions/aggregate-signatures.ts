import { typeName, type DataType } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import { aggregateList } from './aggregate-list.ts'
import type { AggregateSignature } from './aggregate-signature.ts'

/** What an aggregate call takes and gives. Arguments must be cast to `argTypes`. */
export interface ResolvedAggregate {
  /** The canonical name, which is what plans hold. */
  readonly fn: string
  readonly argTypes: readonly DataType[]
  readonly type: DataType
  /** False: never NULL, not even over no rows. */
  readonly nullable: boolean
}

const byName: ReadonlyMap<string, AggregateSignature> = new Map(
  aggregateList.flatMap((signature) =>
    [signature.name, ...(signature.aliases ?? [])].map((name) => [name, signature] as const),
  ),
)

/** By name or alias, in any case. */
export function findAggregate(name: string): AggregateSignature | undefined {
  return byName.get(name.toLowerCase())
}

/** Whether this is an aggregate's name or one of its aliases. */
export function isAggregate(name: string): boolean {
  return findAggregate(name) !== undefined
}

export function aggregateNames(): readonly string[] {
  return [...byName.keys()]
}

/** COUNT(*) is `count_star`. Errors: `unknown_function`; `type` when the arguments do not fit, without a span. */
export function resolveAggregate(name: string, args: readonly DataType[]): ResolvedAggregate {
  const signature = findAggregate(name)
  if (!signature) throw new LakebookError('unknown_function', `There is no aggregate "${name}"`)
  const [least, most] = signature.arity
  if (args.length < least || args.length > most) {
    const wanted =
      least === most ? `${least} argument${least === 1 ? '' : 's'}` : `${least} to ${most} arguments`
    throw new LakebookError('type', `${name} takes ${wanted}, not ${args.length}`)
  }
  const resolution = signature.resolve(args)
  if (!resolution) {
    throw new LakebookError('type', `${name} does not take ${args.map(typeName).join(', ')}`, {
      hint: 'Cast the argument to a type that it takes, for example with CAST(x AS DOUBLE).',
    })
  }
  return { fn: signature.name, ...resolution, nullable: signature.nullable ?? true }
}
