import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import type { ComparisonSyntax } from './ast.ts'
import type { SliceBounds } from './frame-items.ts'
import type { GivenArguments } from './parameters.ts'
import { unknownMethod } from './unknown-name.ts'
import { describeValue, scalar, type ScalarValue, type Value } from './values.ts'

/** What Python's `str` makes of a constant. */
export function textOf(value: Value, span: SourceSpan | undefined): string {
  if (value.kind !== 'scalar') {
    throw unsupported(
      `${describeValue(value)} as a text`,
      span,
      'Only constants are known when the cell is read; use pl.format("...{}", pl.col("x")) for columns.',
    )
  }
  if (typeof value.value === 'string') return value.value
  if (typeof value.value !== 'number') return describeValue(value)
  if (Number.isNaN(value.value)) return 'nan'
  if (!Number.isFinite(value.value)) return value.value > 0 ? 'inf' : '-inf'
  return Number.isInteger(value.value) && Math.abs(value.value) < 1e16
    ? value.value.toFixed(1)
    : String(value.value).replace(/e([+-])(\d)$/, 'e$10$2')
}

/** A constant in an f-string, written as `spec` says: `.2f`, `03d`, `,`, `>8`. */
export function formatted(value: Value, spec: string, span: SourceSpan | undefined): string {
  const parts = /^(?:([<>^]))?(0)?(\d{1,3})?(,)?(?:\.(\d{1,2}))?([dfs%])?$/.exec(spec)
  if (parts === null || value.kind !== 'scalar')
    throw unsupported(`The format "${spec}"`, span, 'Write it like .2f, 03d, or ",".')
  const [, align, zero, width, comma, digits, kind] = parts
  const number = typeof value.value === 'bigint' || typeof value.value === 'number' ? value.value : null
  let text = textOf(value, span)
  if (number !== null && (kind === 'f' || kind === '%' || (digits !== undefined && kind !== 's'))) {
    const shown = Number(number) * (kind === '%' ? 100 : 1)
    text = shown.toFixed(Number(digits ?? 6)) + (kind === '%' ? '%' : '')
  }
  if (comma !== undefined) text = text.replace(/^-?\d+/, (whole) => BigInt(whole).toLocaleString('en-US'))
  const size = Number(width ?? 0)
  if (zero !== undefined) return text.padStart(size, '0')
  const side = align ?? (number === null ? '<' : '>')
  if (side === '^') return text.padStart(text.length + Math.max(0, size - text.length) / 2).padEnd(size)
  return side === '<' ? text.padEnd(size) : text.padStart(size)
}

/** Whether a constant counts as true. */
export function isTruthy(value: Value, span: SourceSpan | undefined): boolean {
  switch (value.kind) {
    case 'scalar':
      return Boolean(value.value)
    case 'list':
      return value.items.length > 0
    case 'dict':
      return value.entries.length > 0
    default:
      throw unsupported(
        `${describeValue(value)} as a condition`,
        span,
        'Only constants are known when the cell is read; use pl.when(...).then(...).otherwise(...) or filter.',
      )
  }
}

/** The items of a list, the keys of a dict, the characters of a text. */
export function iterate(value: Value, span: SourceSpan | undefined): readonly Value[] {
  if (value.kind === 'list') return value.items
  if (value.kind === 'dict') return value.entries.map(([key]) => key)
  if (value.kind === 'scalar' && typeof value.value === 'string')
    return Array.from(value.value, (each) => scalar(each))
  throw new LakebookError('type', `${describeValue(value)} has no items to go through`, { span })
}

export function entriesOf(value: Value, span: SourceSpan | undefined): readonly (readonly [Value, Value])[] {
  if (value.kind === 'dict') return value.entries
  throw new LakebookError('type', `** takes a dict, not ${describeValue(value)}`, { span })
}

function constantOf(value: Value, span: SourceSpan | undefined): ScalarValue {
  if (value.kind === 'scalar') return value.value
  throw unsupported(
    `A comparison of ${describeValue(value)}`,
    span,
    'Only constants are compared here; in expressions use is_in, is_null and ==.',
  )
}

function same(left: ScalarValue, right: ScalarValue): boolean {
  const isNumber = (value: ScalarValue) => value !== null && typeof value !== 'string'
  return isNumber(left) && isNumber(right) ? Number(left) === Number(right) : left === right
}

/** `in`, `is` and their opposites between constants. */
export function compareConstants(
  op: ComparisonSyntax['op'],
  left: Value,
  right: Value,
  span: SourceSpan | undefined,
): Value {
  const hint = { in: 'is_in([...])', is: 'is_null()' }[op.startsWith('is') ? 'is' : 'in']
  if (left.kind === 'expression' || right.kind === 'expression')
    throw unsupported(`The operator \`${op}\``, span, `Use pl.col("x").${hint}.`)
  const tested = constantOf(left, span)
  if (op === 'is' || op === 'is not') return scalar(same(tested, constantOf(right, span)) === (op === 'is'))
  const text = right.kind === 'scalar' && typeof right.value === 'string' ? right.value : null
  const found =
    text !== null && typeof tested === 'string'
      ? text.includes(tested)
      : iterate(right, span).some((item) => same(tested, constantOf(item, span)))
  return scalar(found === (op === 'in'))
}

/** `object[index]`. */
export function itemOf(object: Value, index: Value, span: SourceSpan | undefined): Value {
  if (object.kind === 'dict') {
    const wanted = constantOf(index, span)
    const entry = object.entries.find(([key]) => same(constantOf(key, span), wanted))
    if (entry !== undefined) return entry[1]
    throw new LakebookError('invalid_argument', `The dict has no ${describeValue(index)}`, { span })
  }
  if (index.kind === 'scalar' && typeof index.value === 'bigint') {
    const items = iterate(object, span)
    const item = items.at(Number(index.value))
    if (item !== undefined) return item
    throw new LakebookError('invalid_argument', `There are ${items.length} items, none at ${index.value}`, {
      span,
    })
  }
  throw new LakebookError('type', `${describeValue(object)} cannot be indexed by ${describeValue(index)}`, {
    span,
  })
}

/** `object[start:stop:step]` of a list or a text. */
export function sliceOf(object: Value, bounds: SliceBounds, span: SourceSpan | undefined): Value {
  const isText = object.kind === 'scalar' && typeof object.value === 'string'
  const { start, stop, step } = bounds
  if ((object.kind !== 'list' && !isText) || typeof start === 'string' || typeof stop === 'string')
    throw new LakebookError('type', `${describeValue(object)} cannot be sliced`, { span })
  if (step === 0) throw new LakebookError('invalid_argument', 'The step of a slice is not 0', { span })
  const items = iterate(object, span)
  const at = (bound: number | null, otherwise: number) =>
    bound === null ? otherwise : bound < 0 ? items.length + bound : bound
  const kept: Value[] = []
  if (step > 0) {
    const last = Math.min(at(stop, items.length), items.length)
    for (let i = Math.max(0, at(start, 0)); i < last; i += step) kept.push(items[i]!)
  } else {
    const last = Math.max(at(stop, -1), -1)
    for (let i = Math.min(items.length - 1, at(start, items.length - 1)); i > last; i += step)
      kept.push(items[i]!)
  }
  if (!isText) return { kind: 'list', items: kept }
  return scalar(kept.map((one) => textOf(one, span)).join(''))
}

const TEXT_METHODS: Readonly<Record<string, (text: string, args: readonly string[]) => string | boolean>> = {
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  strip: (text) => text.trim(),
  replace: (text, [from = '', to = '']) => text.replaceAll(from, () => to),
  startswith: (text, [prefix = '']) => text.startsWith(prefix),
  endswith: (text, [suffix = '']) => text.endsWith(suffix),
  removeprefix: (text, [prefix = '']) => (text.startsWith(prefix) ? text.slice(prefix.length) : text),
  removesuffix: (text, [suffix = '']) =>
    suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text,
  format: (text, args) => {
    let next = 0
    return text.replaceAll(/\{(\d*)\}/g, (_, at: string) => args[at === '' ? next++ : Number(at)] ?? '')
  },
}

const DICT_METHODS = ['items', 'keys', 'values', 'get'] as const

/** A method of a Python text or dict: `"a".upper()`, `", ".join(names)`, `mapping.items()`. */
export function callConstantMethod(
  object: Extract<Value, { kind: 'scalar' | 'dict' }>,
  name: string,
  given: GivenArguments,
  nameSpan: SourceSpan | undefined,
): Value {
  const [first, otherwise] = given.args
  if (object.kind === 'dict') {
    switch (DICT_METHODS.find((known) => known === name)) {
      case 'items':
        return {
          kind: 'list',
          items: object.entries.map(([key, value]) => ({ kind: 'list', items: [key, value] })),
        }
      case 'keys':
        return { kind: 'list', items: object.entries.map(([key]) => key) }
      case 'values':
        return { kind: 'list', items: object.entries.map(([, value]) => value) }
      case 'get': {
        const wanted = first === undefined ? null : constantOf(first, given.span)
        const entry = object.entries.find(([key]) => same(constantOf(key, given.span), wanted))
        return entry?.[1] ?? otherwise ?? scalar(null)
      }
      case undefined:
        throw unknownMethod(`The method \`${name}\` of a dict`, name, DICT_METHODS, nameSpan)
    }
  }
  const { value } = object
  if (typeof value !== 'string') {
    throw new LakebookError('type', `${describeValue(object)} has no method \`${name}\``, { span: nameSpan })
  }
  const args = (items: readonly Value[]) => items.map((item) => textOf(item, given.span))
  if (name === 'join' && first !== undefined) return scalar(args(iterate(first, given.span)).join(value))
  if (name === 'split') {
    const parts = first === undefined ? value.split(/\s+/).filter(Boolean) : value.split(args([first])[0]!)
    return { kind: 'list', items: parts.map((part) => scalar(part)) }
  }
  const method = Object.hasOwn(TEXT_METHODS, name) ? TEXT_METHODS[name] : undefined
  if (method === undefined || given.keywords.length > 0) {
    const known = [...Object.keys(TEXT_METHODS), 'join', 'split']
    throw unknownMethod(`The method \`${name}\` of a text`, name, known, nameSpan)
  }
  return scalar(method(value, args(given.args)))
}
