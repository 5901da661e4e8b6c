import { frameMethodParameters } from '../frame-methods.ts'
import { expressionMethodParameters } from '../method-registry.ts'
import type { Parameter } from '../parameters.ts'
import { plFunctionParameters } from '../pl-functions.ts'
import { expressionNotes } from './expression-notes.ts'
import { frameNotes, groupNotes } from './frame-notes.ts'
import { functionNotes, selectorNotes } from './function-notes.ts'
import { nestedNotes } from './nested-notes.ts'
import { positionNotes, rangeNotes, wideNotes } from './position-notes.ts'
import { namespaceNotes } from './text-and-time-notes.ts'

/** By name: one line, and an example that runs over `SAMPLE_FRAMES`. */
export type Notes = Readonly<Record<string, readonly [summary: string, example: string]>>

export type ReferenceKind = 'function' | 'frame' | 'group' | 'expression' | 'selector'

/** One entry of the Polars chapter of the docs page. */
export interface ReferenceEntry {
  readonly kind: ReferenceKind
  /** As it is called: `sum`, `str.contains`. */
  readonly name: string
  /** `pl.`, `frame.`, `cs.` and so on, with names of parameters: `expr.clip(lower_bound, upper_bound)`. */
  readonly signature: string
  readonly summary: string
  /** A cell's last line, which runs after `SAMPLE_FRAMES`. */
  readonly example: string
}

/** The frames that the examples work on, as a Polars cell. */
export const SAMPLE_FRAMES = `t = pl.DataFrame({
    "k": ["a", "b", "a", "c"],
    "x": [3, 1, None, 4],
    "y": [0.5, 2.0, 1.5, None],
    "s": ["Ab c", "x,y", None, "z9"],
    "ok": [True, False, True, None],
    "d": [date(2024, 1, 31), date(2024, 2, 29), None, date(2023, 12, 25)],
    "t": [datetime(2024, 1, 1, hour) for hour in (0, 1, 3, 6)],
})
u = pl.DataFrame({
    "k": ["a", "b", "z"],
    "t": [datetime(2024, 1, 1, hour) for hour in (0, 2, 4)],
    "z": [10, 20, 30],
})
`

const PREFIX: Readonly<Record<ReferenceKind, string>> = {
  function: 'pl.',
  frame: 'frame.',
  group: 'group.',
  expression: 'expr.',
  selector: 'cs.',
}

/** Everything that a Polars cell can call, in the order of the docs page. */
export function polarsReference(): readonly ReferenceEntry[] {
  return [
    ...entries('function', { ...functionNotes, ...rangeNotes }, plFunctionParameters()),
    ...entries('frame', { ...frameNotes, ...wideNotes }, frameMethodParameters()),
    ...entries('group', groupNotes, new Map()),
    ...entries(
      'expression',
      { ...expressionNotes, ...namespaceNotes, ...positionNotes, ...nestedNotes },
      expressionMethodParameters(),
    ),
    ...entries('selector', selectorNotes, new Map()),
  ]
}

function entries(
  kind: ReferenceKind,
  notes: Notes,
  parameters: ReadonlyMap<string, readonly Parameter[]>,
): ReferenceEntry[] {
  return Object.entries(notes).map(([name, [summary, example]]) => ({
    kind,
    name,
    signature: `${PREFIX[kind]}${name}(${(parameters.get(name) ?? []).map(parameterText).join(', ')})`,
    summary,
    example: /^\(?(?:pl\.(?!concat\(|select|DataFrame|LazyFrame|from_dict|read_|scan_|sql)|~?cs\.)/.test(
      example,
    )
      ? `t.select(${example})`
      : example,
  }))
}

function parameterText({ name, optional, rest }: Parameter): string {
  if (rest) return `*${name}`
  return optional ? `${name}=` : name
}
