import type { DataType } from '../arrow/types.ts'
import { unsupported, type SourceSpan } from '../errors.ts'
import { TYPE_SELECTORS } from './dtypes.ts'
import { bindArguments, optional, rest, type GivenArguments } from './parameters.ts'
import type { ColumnSelector } from './selector.ts'
import { unknownMethod } from './unknown-name.ts'
import { describeValue, type Value } from './values.ts'

type SelectorFunction = (items: readonly Value[], given: GivenArguments) => ColumnSelector

function textsOf(items: readonly Value[], span: SourceSpan | undefined): readonly string[] {
  return items.map((item) => {
    if (item.kind === 'scalar' && typeof item.value === 'string') return item.value
    throw unsupported(`${describeValue(item)} in this selector`, span, 'Write texts in quotes.')
  })
}

function pattern(build: (alternatives: string) => string): SelectorFunction {
  return (items, { span }) => {
    const quoted = textsOf(items, span).map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    return { kind: 'pattern', pattern: build(`(?:${quoted.join('|')})`) }
  }
}

function named(items: readonly Value[], given: GivenArguments): ColumnSelector {
  return { kind: 'names', names: textsOf(items, given.span), required: true }
}

function byType(items: readonly Value[], { span }: GivenArguments): ColumnSelector {
  const kinds = new Set(
    items.map((item) => {
      if (item.kind === 'dtype') return item.type.kind
      throw unsupported(`${describeValue(item)} in cs.by_dtype`, span, 'Write types such as pl.Int64.')
    }),
  )
  return { kind: 'types', label: [...kinds].join(), matches: (type: DataType) => kinds.has(type.kind) }
}

function union(selectors: readonly ColumnSelector[]): ColumnSelector {
  const none: ColumnSelector = { kind: 'names', names: [], required: false }
  return selectors.reduce((left, right) => ({ kind: 'union', left, right }), none)
}

function excluded(item: Value, given: GivenArguments): ColumnSelector {
  if (item.kind === 'dtype') return byType([item], given)
  if (item.kind === 'expression' && item.expression.kind === 'columns') return item.expression.selector
  const [name = ''] = textsOf([item], given.span)
  return name.startsWith('^') && name.endsWith('$')
    ? { kind: 'pattern', pattern: name }
    : { kind: 'names', names: [name], required: false }
}

const FUNCTIONS: Readonly<Record<string, SelectorFunction>> = {
  by_name: named,
  by_dtype: byType,
  by_index: (items, { span }) => ({
    kind: 'sequence',
    selectors: items.map((item) => {
      if (item.kind === 'scalar' && typeof item.value === 'bigint')
        return { kind: 'position', index: Number(item.value) } as const
      throw unsupported(`${describeValue(item)} in cs.by_index`, span, 'Write whole numbers.')
    }),
  }),
  exclude: (items, given) => ({
    kind: 'difference',
    left: { kind: 'all' },
    right: union(items.map((item) => excluded(item, given))),
  }),
  starts_with: pattern((texts) => `^${texts}`),
  ends_with: pattern((texts) => `${texts}$`),
  contains: pattern((texts) => texts),
  alpha: () => ({ kind: 'pattern', pattern: String.raw`^\p{Alphabetic}+$` }),
  digit: () => ({ kind: 'pattern', pattern: String.raw`^\p{Nd}+$` }),
  alphanumeric: () => ({ kind: 'pattern', pattern: String.raw`^[\p{Alphabetic}\p{Nd}]+$` }),
  matches: (items, { span }) => ({ kind: 'pattern', pattern: textsOf(items, span)[0] ?? '' }),
}

/** Names under `cs.`. */
export function selectorNames(): readonly string[] {
  return [...Object.keys(TYPE_SELECTORS), ...Object.keys(FUNCTIONS)]
}

/** `cs.numeric()`, `cs.by_name("a")`, `cs.starts_with("x")`. */
export function callSelector(name: string, given: GivenArguments, nameSpan: SourceSpan | undefined): Value {
  return {
    kind: 'expression',
    expression: { kind: 'columns', selector: selectorOf(name, given, nameSpan), span: given.span },
  }
}

function selectorOf(name: string, given: GivenArguments, nameSpan: SourceSpan | undefined): ColumnSelector {
  const known = Object.hasOwn(TYPE_SELECTORS, name) ? TYPE_SELECTORS[name] : undefined
  if (known !== undefined) {
    const own = ['datetime', 'duration'].includes(name)
      ? [optional('time_unit', 'any'), optional('time_zone', 'any')]
      : []
    bindArguments(`cs.${name}`, own, given, null)
    return known
  }
  const fn = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined
  if (fn === undefined) throw unknownMethod(`The selector \`cs.${name}\``, name, selectorNames(), nameSpan)
  const args = bindArguments(
    `cs.${name}`,
    [rest('items', 'any'), optional('require_all', 'bool')],
    given,
    null,
  )
  const items = args.value('items')
  const selector = fn(items?.kind === 'list' ? items.items : [], given)
  return selector.kind === 'names' ? { ...selector, required: args.bool('require_all', true) } : selector
}
