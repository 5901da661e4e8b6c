import { LakebookError, type SourceSpan } from '../errors.ts'
import { columnNode } from './expression.ts'
import type { Frame } from './frame.ts'
import { joinFrames, type JoinHow } from './join.ts'
import { literalFrame } from './literal-frame.ts'
import { mergeSorted } from './merge-sorted.ts'
import { bindArguments, optional, required, type BoundArguments } from './parameters.ts'
import type { PlFunction } from './pl-function.ts'
import { concatFrames, type ConcatHow } from './reshape.ts'
import { sortFrame } from './select.ts'
import { describeValue, type Value } from './values.ts'

function framesOf(args: BoundArguments, name: string): readonly Frame[] {
  const items = args.value(name)
  const list = items?.kind === 'list' ? items.items : []
  return list.map((item) => {
    if (item.kind === 'frame') return item.frame
    throw new LakebookError('type', `${args.method} takes a list of frames, not ${describeValue(item)}`, {
      span: args.span,
    })
  })
}

const STACKED = ['vertical', 'vertical_relaxed', 'diagonal', 'diagonal_relaxed', 'horizontal'] as const
const ALIGNED = ['align', 'align_full', 'align_inner', 'align_left', 'align_right'] as const

const concatParams = [
  required('items', 'any'),
  optional('how', 'string'),
  optional('rechunk', 'bool'),
  optional('parallel', 'bool'),
]

function concat(args: BoundArguments): Value {
  const frames = framesOf(args, 'items')
  const how = args.choice<ConcatHow | (typeof ALIGNED)[number]>('how', [...STACKED, ...ALIGNED], 'vertical')
  const frame = how.startsWith('align')
    ? aligned(frames, how === 'align' ? 'full' : (how.slice('align_'.length) as JoinHow), args.span)
    : concatFrames(frames, how as ConcatHow, args.span)
  return { kind: 'frame', frame }
}

/** The frames side by side: rows with the same values in the columns that all of them have, in the order of those. */
function aligned(frames: readonly Frame[], how: JoinHow, span: SourceSpan | undefined): Frame {
  const [first, ...others] = frames
  const shared = (first?.columns ?? [])
    .map((column) => column.name)
    .filter((name) => others.every((frame) => frame.columns.some((column) => column.name === name)))
  if (first === undefined || shared.length === 0) {
    throw new LakebookError(
      'invalid_argument',
      'pl.concat(how="align") needs a column that all frames have',
      {
        span,
      },
    )
  }
  const on = shared.map((name) => columnNode(name, span))
  const joined = others.reduce(
    (left, right) =>
      joinFrames(left, right, {
        how,
        first: how === 'right' ? 'right' : 'left',
        leftOn: on,
        rightOn: on,
        nullsEqual: true,
        coalesce: true,
        span,
      }),
    first,
  )
  return sortFrame(joined, on, { descending: [], nullsLast: [], stable: true })
}

const frameParams = [
  optional('data', 'any'),
  optional('schema', 'any'),
  optional('schema_overrides', 'any'),
  optional('strict', 'bool'),
  optional('orient', 'string'),
]

const dataFrame: PlFunction = {
  params: frameParams,
  run: (args) => ({ kind: 'frame', frame: literalFrame(args) }),
}

/** pl.Series("a", [1, 2]): a frame of one column. */
const series: PlFunction = {
  params: [
    optional('name', 'any'),
    optional('values', 'any'),
    optional('dtype', 'dtype'),
    optional('strict', 'bool'),
  ],
  run(args) {
    const given = args.value('name')
    const isValues = given?.kind === 'list'
    const name: Value = isValues || given === undefined ? { kind: 'scalar', value: '' } : given
    const values = isValues ? given : (args.value('values') ?? { kind: 'list', items: [] })
    const dtype = args.value('dtype')
    const keywords =
      dtype === undefined ? [] : [{ name: 'schema', value: dictOf(name, dtype), span: args.span }]
    const data = dictOf(name, values)
    const bound = bindArguments('pl.Series', frameParams, { args: [data], keywords, span: args.span }, null)
    return { kind: 'frame', frame: literalFrame(bound), isSeries: true }
  },
}

function dictOf(key: Value, value: Value): Value {
  return { kind: 'dict', entries: [[key, value]] }
}

/** Functions of `pl` that make frames of frames, or of what is written in the cell. */
export const frameFunctions: Readonly<Record<string, PlFunction>> = {
  concat: { params: concatParams, run: concat },
  union: { params: concatParams, run: concat },
  collect_all: {
    params: [required('lazy_frames', 'any')],
    run: (args) => ({
      kind: 'list',
      items: framesOf(args, 'lazy_frames').map((frame) => ({ kind: 'frame', frame })),
    }),
  },
  merge_sorted: {
    params: [required('frames', 'any'), required('key', 'string')],
    run(args) {
      const [first, ...others] = framesOf(args, 'frames')
      if (first === undefined) throw args.invalid('frames', 'at least one frame')
      const frame = others.reduce(
        (left, right) => mergeSorted(left, right, args.string('key', ''), args.span),
        first,
      )
      return { kind: 'frame', frame }
    },
  },
  DataFrame: dataFrame,
  LazyFrame: dataFrame,
  from_dict: { ...dataFrame, params: frameParams.slice(0, 4) },
  from_dicts: { ...dataFrame, params: frameParams.slice(0, 4) },
  from_records: dataFrame,
  Series: series,
}
