import { unsupported, type SourceSpan } from '../errors.ts'
import type { AggregateFunction } from './aggregates/aggregate-function.ts'
import { bitsOfRanges } from './aggregates/bits-of-range.ts'
import { bitwise } from './aggregates/bitwise.ts'
import { collectedLists } from './aggregates/collected-list.ts'
import { counts } from './aggregates/count.ts'
import { compensatedSums } from './aggregates/compensated-sum.ts'
import { distinctSketches } from './aggregates/distinct-sketch.ts'
import { extremes } from './aggregates/extreme.ts'
import { joinedTexts } from './aggregates/joined-text.ts'
import { moments } from './aggregates/moments.ts'
import { positionals } from './aggregates/positional.ts'
import { quantiles } from './aggregates/quantile.ts'
import { sums } from './aggregates/sum.ts'

const functions: ReadonlyMap<string, AggregateFunction> = new Map(
  [
    ...counts,
    ...sums,
    ...extremes,
    ...positionals,
    ...bitwise,
    ...bitsOfRanges,
    ...moments,
    ...joinedTexts,
    ...quantiles,
    ...collectedLists,
    ...distinctSketches,
    ...compensatedSums,
  ].map((fn) => [fn.name, fn]),
)

/** How an aggregate runs, by the canonical name that plans hold. @throws `unsupported` */
export function aggregateFunction(name: string, span?: SourceSpan): AggregateFunction {
  const found = functions.get(name)
  if (found === undefined) throw unsupported(`The aggregate ${name}`, span)
  return found
}
