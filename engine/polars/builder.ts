import type { LogicalPlan } from '../plan/plan.ts'
import type { BinaryOperator, KeywordArgument, Syntax } from './ast.ts'
import { bindStatements } from './bind.ts'
import type { PolarsCatalog } from './catalog-tables.ts'

/** What stands for a value in a builder call: constants, expressions, frames, types, and lists of them. */
export type BuilderValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | ExpressionBuilder
  | FrameBuilder
  | DataTypeBuilder
  | readonly BuilderValue[]
  | { readonly [name: string]: BuilderValue }

export type Keywords = Readonly<Record<string, BuilderValue | undefined>>

const span = undefined

function name(text: string): Syntax {
  return { kind: 'name', name: text, span }
}

function attribute(object: Syntax, text: string): Syntax {
  return text
    .split('.')
    .reduce<Syntax>(
      (inner, part) => ({ kind: 'attribute', object: inner, name: part, nameSpan: undefined, span }),
      object,
    )
}

function syntaxOf(value: BuilderValue): Syntax {
  if (value === null) return { kind: 'none', span }
  switch (typeof value) {
    case 'boolean':
      return { kind: 'boolean', value, span }
    case 'bigint':
      return { kind: 'integer', value, span }
    case 'number':
      return Number.isInteger(value)
        ? { kind: 'integer', value: BigInt(value), span }
        : { kind: 'float', value, span }
    case 'string':
      return { kind: 'string', value, span }
    default:
  }
  if (isList(value)) return { kind: 'list', items: value.map(syntaxOf), span }
  if (value instanceof ExpressionBuilder || value instanceof FrameBuilder || value instanceof DataTypeBuilder)
    return value.syntax
  const entries = Object.entries(value).map(([key, item]) => ({ key: syntaxOf(key), value: syntaxOf(item) }))
  return { kind: 'dict', entries, span }
}

function isList(value: BuilderValue): value is readonly BuilderValue[] {
  return Array.isArray(value)
}

function invoke(callee: Syntax, args: readonly BuilderValue[], keywords: Keywords = {}): Syntax {
  const given = Object.entries(keywords).flatMap(([key, value]): KeywordArgument[] =>
    value === undefined ? [] : [{ name: key, value: syntaxOf(value), span }],
  )
  return { kind: 'call', callee, args: args.map(syntaxOf), keywords: given, span }
}

/** A Polars expression for TypeScript callers: the verbs of a cell, in camel case, with the same meaning. */
export class ExpressionBuilder {
  readonly syntax: Syntax

  constructor(syntax: Syntax) {
    this.syntax = syntax
  }

  /** Any method by its name in a cell, such as `str.contains`, with positional and keyword arguments. */
  call(method: string, args: readonly BuilderValue[] = [], keywords: Keywords = {}): ExpressionBuilder {
    return new ExpressionBuilder(invoke(attribute(this.syntax, method), args, keywords))
  }

  #binary(op: BinaryOperator, other: BuilderValue): ExpressionBuilder {
    return new ExpressionBuilder({ kind: 'binary', op, left: this.syntax, right: syntaxOf(other), span })
  }

  add = (other: BuilderValue) => this.#binary('+', other)
  sub = (other: BuilderValue) => this.#binary('-', other)
  mul = (other: BuilderValue) => this.#binary('*', other)
  truediv = (other: BuilderValue) => this.#binary('/', other)
  floordiv = (other: BuilderValue) => this.#binary('//', other)
  mod = (other: BuilderValue) => this.#binary('%', other)
  pow = (other: BuilderValue) => this.#binary('**', other)
  eq = (other: BuilderValue) => this.#binary('==', other)
  ne = (other: BuilderValue) => this.#binary('!=', other)
  lt = (other: BuilderValue) => this.#binary('<', other)
  le = (other: BuilderValue) => this.#binary('<=', other)
  gt = (other: BuilderValue) => this.#binary('>', other)
  ge = (other: BuilderValue) => this.#binary('>=', other)
  and = (other: BuilderValue) => this.#binary('&', other)
  or = (other: BuilderValue) => this.#binary('|', other)
  xor = (other: BuilderValue) => this.#binary('^', other)
  neg = () => new ExpressionBuilder({ kind: 'unary', op: '-', operand: this.syntax, span })
  not = () => new ExpressionBuilder({ kind: 'unary', op: '~', operand: this.syntax, span })

  alias = (as: string) => this.call('alias', [as])
  cast = (type: DataTypeBuilder, strict = true) => this.call('cast', [type], { strict })
  over = (...keys: BuilderValue[]) => this.call('over', keys)
  shift = (n = 1) => this.call('shift', [n])
  diff = (n = 1) => this.call('diff', [n])
  rank = (method = 'average') => this.call('rank', [method])
  cumSum = () => this.call('cum_sum')
  forwardFill = (limit: number | null = null) => this.call('forward_fill', [], { limit })
  backwardFill = (limit: number | null = null) => this.call('backward_fill', [], { limit })
  interpolate = () => this.call('interpolate')

  isNull = () => this.call('is_null')
  isNotNull = () => this.call('is_not_null')
  isNan = () => this.call('is_nan')
  isIn = (values: readonly BuilderValue[]) => this.call('is_in', [values])
  isBetween = (low: BuilderValue, high: BuilderValue, closed = 'both') =>
    this.call('is_between', [low, high], { closed })
  fillNull = (value: BuilderValue) => this.call('fill_null', [value])
  fillNan = (value: BuilderValue) => this.call('fill_nan', [value])
  dropNulls = () => this.call('drop_nulls')
  clip = (low: BuilderValue, high: BuilderValue) => this.call('clip', [low, high])
  round = (decimals = 0) => this.call('round', [decimals])
  abs = () => this.call('abs')
  filter = (...conditions: ExpressionBuilder[]) => this.call('filter', conditions)
  sort = (keywords: Keywords = {}) => this.call('sort', [], keywords)
  sortBy = (...keys: BuilderValue[]) => this.call('sort_by', keys)

  sum = () => this.call('sum')
  mean = () => this.call('mean')
  min = () => this.call('min')
  max = () => this.call('max')
  std = (ddof = 1) => this.call('std', [], { ddof })
  var = (ddof = 1) => this.call('var', [], { ddof })
  median = () => this.call('median')
  quantile = (share: number, interpolation = 'nearest') => this.call('quantile', [share], { interpolation })
  first = () => this.call('first')
  last = () => this.call('last')
  count = () => this.call('count')
  len = () => this.call('len')
  nUnique = () => this.call('n_unique')
  nullCount = () => this.call('null_count')
}

/** A data type, such as `dtype('Int64')` or `dtype('Decimal', 15, 2)`. */
export class DataTypeBuilder {
  readonly syntax: Syntax

  constructor(type: string, args: readonly BuilderValue[]) {
    const plain = attribute(name('pl'), type)
    this.syntax = args.length === 0 ? plain : invoke(plain, args)
  }
}

/** A frame for TypeScript callers. Nothing runs until the plan is asked for. */
export class FrameBuilder {
  readonly syntax: Syntax

  constructor(syntax: Syntax) {
    this.syntax = syntax
  }

  /** Any method by its name in a cell, with positional and keyword arguments. */
  call(method: string, args: readonly BuilderValue[] = [], keywords: Keywords = {}): FrameBuilder {
    return new FrameBuilder(invoke(attribute(this.syntax, method), args, keywords))
  }

  select = (...columns: BuilderValue[]) => this.call('select', columns)
  withColumns = (...columns: BuilderValue[]) => this.call('with_columns', columns)
  filter = (...conditions: ExpressionBuilder[]) => this.call('filter', conditions)
  sort = (by: BuilderValue, keywords: Keywords = {}) => this.call('sort', [by], keywords)
  groupBy = (keys: readonly BuilderValue[], keywords: Keywords = {}) =>
    new GroupBuilder(invoke(attribute(this.syntax, 'group_by'), keys, keywords))
  join = (other: FrameBuilder, keywords: Keywords) => this.call('join', [other], keywords)
  head = (n = 5) => this.call('head', [n])
  tail = (n = 5) => this.call('tail', [n])
  slice = (offset: number, length: number | null = null) => this.call('slice', [offset, length])
  unique = (keywords: Keywords = {}) => this.call('unique', [], keywords)
  rename = (names: Readonly<Record<string, string>>) => this.call('rename', [names])
  drop = (...columns: BuilderValue[]) => this.call('drop', columns)
  explode = (...columns: BuilderValue[]) => this.call('explode', columns)
  withRowIndex = (as = 'index') => this.call('with_row_index', [as])
  fillNull = (value: BuilderValue) => this.call('fill_null', [value])
  dropNulls = (keywords: Keywords = {}) => this.call('drop_nulls', [], keywords)

  /** The frame as a plan over the catalog's tables. Errors as `bindPolarsCell`, without places. */
  plan(catalog: PolarsCatalog): LogicalPlan | null {
    return bindStatements([{ kind: 'value', target: null, value: this.syntax, span }], catalog).result
  }
}

/** frame.groupBy(...), waiting for its aggregates. */
export class GroupBuilder {
  readonly #syntax: Syntax

  constructor(syntax: Syntax) {
    this.#syntax = syntax
  }

  agg(...aggregates: BuilderValue[]): FrameBuilder {
    return new FrameBuilder(invoke(attribute(this.#syntax, 'agg'), aggregates))
  }
}

class WhenBuilder {
  readonly #syntax: Syntax

  constructor(syntax: Syntax) {
    this.#syntax = syntax
  }

  then(value: BuilderValue): ThenBuilder {
    return new ThenBuilder(invoke(attribute(this.#syntax, 'then'), [value]))
  }
}

class ThenBuilder {
  readonly #syntax: Syntax

  constructor(syntax: Syntax) {
    this.#syntax = syntax
  }

  when(condition: ExpressionBuilder): WhenBuilder {
    return new WhenBuilder(invoke(attribute(this.#syntax, 'when'), [condition]))
  }

  otherwise(value: BuilderValue): ExpressionBuilder {
    return new ExpressionBuilder(invoke(attribute(this.#syntax, 'otherwise'), [value]))
  }
}

/** Any function under `pl.` that yields an expression, by its name in a cell. */
export function fn(
  label: string,
  args: readonly BuilderValue[] = [],
  keywords: Keywords = {},
): ExpressionBuilder {
  return new ExpressionBuilder(invoke(attribute(name('pl'), label), args, keywords))
}

export function col(...names: string[]): ExpressionBuilder {
  return fn('col', names)
}

export function lit(value: null | boolean | bigint | number | string): ExpressionBuilder {
  return fn('lit', [value])
}

export function len(): ExpressionBuilder {
  return fn('len')
}

export function when(condition: ExpressionBuilder): WhenBuilder {
  return new WhenBuilder(invoke(attribute(name('pl'), 'when'), [condition]))
}

/** A length of time: `duration({ minutes: col('x') })`. */
export function duration(units: Keywords): ExpressionBuilder {
  return fn('duration', [], units)
}

export function intRanges(start: BuilderValue, end: BuilderValue): ExpressionBuilder {
  return fn('int_ranges', [start, end])
}

export function concat(frames: readonly FrameBuilder[], how = 'vertical'): FrameBuilder {
  return new FrameBuilder(invoke(attribute(name('pl'), 'concat'), [frames], { how }))
}

/** A table, view or frame of the catalog. */
export function table(label: string): FrameBuilder {
  return new FrameBuilder(invoke(attribute(name('pl'), 'scan_parquet'), [label]))
}

export function dtype(type: string, ...args: BuilderValue[]): DataTypeBuilder {
  return new DataTypeBuilder(type, args)
}
