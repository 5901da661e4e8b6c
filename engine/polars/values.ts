import { typeName, types, type DataType } from '../arrow/types.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import type { CaseBranch } from './conditional.ts'
import { columnNode, literalNode, type PolarsExpression } from './expression.ts'
import { isOneValue, type Frame } from './frame.ts'
import type { GroupedFrame } from './group-by.ts'
import type { GivenArguments } from './parameters.ts'
import { selectorForName } from './selector.ts'
import type { TimeGroups } from './time-groups.ts'

export type ScalarValue = null | boolean | bigint | number | string

/** What a piece of a cell stands for. Python's constants are worked out at once; the rest builds expressions and plans. */
export type Value =
  | { readonly kind: 'scalar'; readonly value: ScalarValue; readonly span?: SourceSpan | undefined }
  | { readonly kind: 'list'; readonly items: readonly Value[] }
  | { readonly kind: 'dict'; readonly entries: readonly (readonly [Value, Value])[] }
  | {
      readonly kind: 'expression'
      readonly expression: PolarsExpression
      /** Of pl.when(...).then(...), which may go on with .when(...) and .otherwise(...). */
      readonly branches?: readonly CaseBranch[]
    }
  | {
      readonly kind: 'frame'
      readonly frame: Frame
      /** One column taken by itself, as frame["x"]: it has the methods of expressions, and stands beside columns. */
      readonly isSeries?: boolean
    }
  | { readonly kind: 'group'; readonly group: GroupedFrame }
  | { readonly kind: 'time_group'; readonly group: TimeGroups }
  | { readonly kind: 'dtype'; readonly type: DataType }
  | {
      readonly kind: 'when'
      /** Those before it. */
      readonly branches: readonly CaseBranch[]
      readonly condition: PolarsExpression
    }
  | { readonly kind: 'module'; readonly name: 'pl' | 'cs' | 'datetime' }
  | { readonly kind: 'function'; readonly name: string }
  | LambdaValue

/** A lambda of the cell: what its body stands for when its parameters stand for these. */
export interface LambdaValue {
  readonly kind: 'lambda'
  readonly call: (given: GivenArguments) => Value
}

export function scalar(value: ScalarValue, span?: SourceSpan): Value {
  return { kind: 'scalar', value, span }
}

/** A key that is there twice has its last value, as in Python. */
export function dictOf(entries: readonly (readonly [Value, Value])[]): Value {
  const byKey = new Map(
    entries.map(([key, value]) => [key.kind === 'scalar' ? key.value : key, [key, value] as const]),
  )
  return { kind: 'dict', entries: [...byKey.values()] }
}

/** The dict with one key changed, or added at its end. */
export function withEntry({ entries }: Value & { kind: 'dict' }, key: Value, value: Value): Value {
  const wanted = key.kind === 'scalar' ? key.value : key
  const place = entries.findIndex(([known]) => (known.kind === 'scalar' ? known.value : known) === wanted)
  const entry = [place < 0 ? key : entries[place]![0], value] as const
  return { kind: 'dict', entries: place < 0 ? [...entries, entry] : entries.with(place, entry) }
}

/** What a value is called in messages. */
export function describeValue(value: Value): string {
  switch (value.kind) {
    case 'scalar':
      if (value.value === null) return 'None'
      if (typeof value.value === 'boolean') return value.value ? 'True' : 'False'
      return typeof value.value === 'string' ? `"${value.value}"` : String(value.value)
    case 'list':
      return 'a list'
    case 'dict':
      return 'a dict'
    case 'expression':
      return 'an expression'
    case 'frame':
      return value.isSeries === true ? 'a series' : 'a frame'
    case 'group':
      return 'a group_by'
    case 'time_group':
      return value.group.kind === 'dynamic' ? 'a group_by_dynamic' : 'a rolling window'
    case 'dtype':
      return typeName(value.type)
    case 'when':
      return 'a pl.when without .then(...)'
    case 'module':
      return value.name
    case 'function':
      return `the function \`${value.name}\``
    case 'lambda':
      return 'a lambda'
  }
}

/** A key of a dict whose keys name columns. */
export function textKey(value: Value, span: SourceSpan | undefined): string {
  if (value.kind === 'scalar' && typeof value.value === 'string') return value.value
  throw new LakebookError('type', `A column's name is a text, not ${describeValue(value)}`, { span })
}

/** A value where an expression is wanted. `text` says whether a text is a column's name or itself. */
export function toExpression(
  value: Value,
  text: 'column' | 'literal',
  span: SourceSpan | undefined,
): PolarsExpression {
  switch (value.kind) {
    case 'expression':
      return value.expression
    case 'scalar': {
      const place = value.span ?? span
      if (typeof value.value === 'string') {
        if (text === 'literal') return literalNode(value.value, place, types.utf8)
        const selector = selectorForName(value.value)
        return selector.kind === 'names'
          ? columnNode(value.value, place)
          : { kind: 'columns', selector, span: place }
      }
      return literalNode(value.value, place, typeof value.value === 'boolean' ? types.bool : null)
    }
    case 'frame':
      if (isOneValue(value.frame) || value.isSeries === true)
        return { kind: 'value', frame: value.frame, span }
      break
    case 'dtype':
      if (text === 'column') {
        const { type } = value
        const selector = {
          kind: 'types',
          label: typeName(type),
          matches: (candidate: DataType) => candidate.kind === type.kind,
        } as const
        return { kind: 'columns', selector, span }
      }
      break
    default:
  }
  throw new LakebookError('type', `An expression is wanted here, not ${describeValue(value)}`, {
    span,
    hint:
      value.kind === 'when'
        ? 'Go on with .then(...), and .otherwise(...) where it is not to be null.'
        : 'Name a column with pl.col("name"), or a constant with pl.lit(1).',
  })
}
