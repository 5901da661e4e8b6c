import { types } from '../arrow/types.ts'
import { unsupported } from '../errors.ts'
import type { Expression, SortKey } from '../plan/plan.ts'
import { ascending, projectFrame, type Frame } from './frame.ts'
import { columnReference } from '../plan/column-ids.ts'
import { call, castTo, float64, int64 } from './lowered.ts'
import { Lowering, WHOLE_FRAME } from './lowering.ts'
import type { BoundArguments } from './parameters.ts'
import { RUNNING, WHOLE_PARTITION } from './stage.ts'

/** A prime below 2^31, so that squares fit 64 bits. */
const PRIME = 2_147_483_647

/**
 * frame.sample(...): rows drawn without putting them back, the same for the same seed and data. They are not the rows
 * that Polars draws, whose generator is its own.
 */
export function sampleFrame(frame: Frame, args: BoundArguments): Frame {
  const { span } = args
  if (args.bool('with_replacement', false))
    throw unsupported(
      'The argument `with_replacement` of `sample`',
      span,
      'Rows are drawn without putting them back.',
    )
  if (args.has('n') && args.has('fraction')) throw args.invalid('fraction', 'no value where `n` is given')
  const lowering = new Lowering(frame)
  const position = lowering.ordered('row_number', [], WHOLE_FRAME, RUNNING)
  const key = ascending(scattered(position, randomSeed(args)))
  const place = lowering.stage.window(
    'row_number',
    [],
    { partitionBy: [], orderBy: [key, ascending(position)] },
    RUNNING,
  )
  const wanted = args.has('fraction') ? share(lowering, args.number('fraction', 1)) : int64(args.int('n', 1))
  const staged = lowering.stage.finish()
  const kept: Frame = {
    ...staged,
    plan: { kind: 'filter', input: staged.plan, predicate: call('<=', [place, wanted]) },
  }
  const shuffled: SortKey[] = [ascending(place)]
  return projectFrame(
    args.bool('shuffle', false) ? { ...kept, order: { keys: shuffled, total: true } } : kept,
    frame.columns.map((column) => ({ name: column.name, expression: columnReference(column) })),
  )
}

function share(lowering: Lowering, fraction: number): Expression {
  const count = lowering.stage.window('count_star', [], { partitionBy: [], orderBy: [] }, WHOLE_PARTITION)
  return castTo(call('floor', [call('*', [castTo(count, types.float64), float64(fraction)])]), types.int64)
}

/** The seed given, or any. */
export function randomSeed(args: BoundArguments): number {
  return args.has('seed') ? args.int('seed', 0) : Math.floor(Math.random() * PRIME)
}

/** Numbers in no visible order: multiplied and squared modulo a prime, three times. */
export function scattered(position: Expression, seed: number): Expression {
  const modulo = (value: Expression) => call('pl_mod', [value, int64(PRIME)])
  const start = (Math.abs(seed) % PRIME) + 1
  let value = modulo(call('+', [call('*', [position, int64(48_271)]), int64(start)]))
  for (const step of [start, 16_807, 69_621]) {
    value = modulo(call('+', [call('*', [value, value]), int64(step)]))
    value = modulo(call('*', [call('+', [value, position]), int64(48_271)]))
  }
  return value
}
