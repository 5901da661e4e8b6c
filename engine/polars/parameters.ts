import { types, type DataType } from '../arrow/types.ts'
import { nearestName } from '../catalog/nearest-name.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import type { PolarsExpression } from './expression.ts'
import { describeValue, toExpression, type Value } from './values.ts'

/**
 * How an argument is read:
 * - `operand`: an expression, where text is a literal (`fill_null("x")`);
 * - `column`: an expression, where text names a column (`sort_by("x")`);
 * - `columns`: any number of those, in lists or one by one;
 * - the others are constants known when the cell is read.
 */
export type ParameterKind =
  'operand' | 'column' | 'columns' | 'bool' | 'int' | 'number' | 'string' | 'dtype' | 'any'

export interface Parameter {
  readonly name: string
  readonly kind: ParameterKind
  /** May be left out. */
  readonly optional: boolean
  /** Takes all remaining positional arguments. */
  readonly rest: boolean
}

export function required(name: string, kind: ParameterKind): Parameter {
  return { name, kind, optional: false, rest: false }
}

export function optional(name: string, kind: ParameterKind): Parameter {
  return { name, kind, optional: true, rest: false }
}

export function rest(name: string, kind: ParameterKind): Parameter {
  return { name, kind, optional: true, rest: true }
}

export interface GivenArguments {
  readonly args: readonly Value[]
  readonly keywords: readonly {
    readonly name: string
    readonly value: Value
    readonly span: SourceSpan | undefined
  }[]
  readonly span: SourceSpan | undefined
}

type Argument =
  | { readonly kind: 'expressions'; readonly expressions: readonly PolarsExpression[] }
  | { readonly kind: 'value'; readonly value: Value }

/** A call's arguments by parameter name. */
export class BoundArguments {
  readonly method: string
  readonly span: SourceSpan | undefined
  readonly #arguments: ReadonlyMap<string, Argument>

  constructor(method: string, span: SourceSpan | undefined, given: ReadonlyMap<string, Argument>) {
    this.method = method
    this.span = span
    this.#arguments = given
  }

  has(name: string): boolean {
    return this.#arguments.has(name)
  }

  /** Every operand, in the order of the parameters. */
  operands(): readonly PolarsExpression[] {
    return [...this.#arguments.values()].flatMap((argument) =>
      argument.kind === 'expressions' ? argument.expressions : [],
    )
  }

  /** The same arguments with every operand replaced. */
  map(change: (operand: PolarsExpression) => PolarsExpression): BoundArguments {
    return this.flatMap((operand) => [change(operand)])
  }

  /** Arguments that are all expressions. */
  static of(
    method: string,
    given: Readonly<Record<string, readonly PolarsExpression[]>>,
    span: SourceSpan | undefined,
  ): BoundArguments {
    const bound = Object.entries(given).map(([name, expressions]): [string, Argument] => [
      name,
      { kind: 'expressions', expressions },
    ])
    return new BoundArguments(method, span, new Map(bound))
  }

  /** The same arguments, one of them another constant. */
  withValue(name: string, value: Value): BoundArguments {
    return new BoundArguments(
      this.method,
      this.span,
      new Map([...this.#arguments, [name, { kind: 'value', value }]]),
    )
  }

  /** The same arguments, one of them other expressions. */
  withExpressions(name: string, expressions: readonly PolarsExpression[]): BoundArguments {
    const argument: Argument = { kind: 'expressions', expressions }
    return new BoundArguments(this.method, this.span, new Map([...this.#arguments, [name, argument]]))
  }

  flatMap(change: (operand: PolarsExpression) => readonly PolarsExpression[]): BoundArguments {
    const changed = [...this.#arguments].map(([name, argument]): [string, Argument] => [
      name,
      argument.kind === 'expressions'
        ? { kind: 'expressions', expressions: argument.expressions.flatMap(change) }
        : argument,
    ])
    return new BoundArguments(this.method, this.span, new Map(changed))
  }

  expressions(name: string): readonly PolarsExpression[] {
    const argument = this.#arguments.get(name)
    return argument?.kind === 'expressions' ? argument.expressions : []
  }

  expression(name: string): PolarsExpression {
    const [first] = this.expressions(name)
    if (first === undefined) throw this.#missing(name)
    return first
  }

  value(name: string): Value | undefined {
    const argument = this.#arguments.get(name)
    return argument?.kind === 'value' ? argument.value : undefined
  }

  bool(name: string, otherwise: boolean): boolean {
    const value = this.#scalar(name)
    if (value === undefined || value === null) return otherwise
    if (typeof value !== 'boolean') throw this.invalid(name, 'True or False')
    return value
  }

  int(name: string, otherwise: number): number {
    const value = this.#scalar(name)
    if (value === undefined || value === null) return otherwise
    if (typeof value !== 'bigint' || value > 2n ** 53n || value < -(2n ** 53n))
      throw this.invalid(name, 'a whole number')
    return Number(value)
  }

  number(name: string, otherwise: number): number {
    const value = this.#scalar(name)
    if (value === undefined || value === null) return otherwise
    if (typeof value !== 'number' && typeof value !== 'bigint') throw this.invalid(name, 'a number')
    return Number(value)
  }

  string(name: string, otherwise: string): string {
    const value = this.#scalar(name)
    if (value === undefined || value === null) return otherwise
    if (typeof value !== 'string') throw this.invalid(name, 'text in quotes')
    return value
  }

  /** One of a few words. */
  choice<T extends string>(name: string, choices: readonly T[], otherwise: T): T {
    const value = this.string(name, otherwise)
    const found = choices.find((choice) => choice === value)
    if (found === undefined) throw this.invalid(name, choices.map((choice) => `"${choice}"`).join(', '))
    return found
  }

  dtype(name: string): DataType {
    const given = this.value(name)
    const value = given === undefined ? undefined : asDtype(given)
    if (value?.kind !== 'dtype') throw this.invalid(name, 'a data type such as pl.Int64')
    return value.type
  }

  strings(name: string): readonly string[] {
    const value = this.value(name)
    if (value === undefined) return []
    const items = value.kind === 'list' ? value.items : [value]
    return items.map((item) => {
      if (item.kind !== 'scalar' || typeof item.value !== 'string')
        throw this.invalid(name, 'names in quotes')
      return item.value
    })
  }

  /** One flag, or a list of as many flags as there are keys. */
  flags(name: string, count: number): readonly boolean[] {
    const value = this.value(name)
    const items = value?.kind === 'list' ? value.items : Array.from({ length: count }, () => value)
    if (items.length !== count) throw this.invalid(name, `one flag, or a list of ${count}`)
    return items.map((item) => {
      if (item === undefined) return false
      if (item.kind !== 'scalar' || typeof item.value !== 'boolean') throw this.invalid(name, 'True or False')
      return item.value
    })
  }

  invalid(name: string, wanted: string): LakebookError {
    const value = this.value(name)
    const got = value === undefined ? '' : `, not ${describeValue(value)}`
    return new LakebookError('invalid_argument', `\`${this.method}\` takes ${wanted} as \`${name}\`${got}`, {
      span: this.span,
    })
  }

  #scalar(name: string) {
    const value = this.value(name)
    if (value === undefined) return undefined
    if (value.kind !== 'scalar') throw this.invalid(name, 'a constant')
    return value.value
  }

  #missing(name: string): LakebookError {
    return new LakebookError('invalid_argument', `\`${this.method}\` needs \`${name}\``, { span: this.span })
  }
}

/** Python's own types stand for columns of their values. */
export function asDtype(value: Value): Value {
  const type =
    value.kind === 'function' && Object.hasOwn(OF_PYTHON, value.name) ? OF_PYTHON[value.name] : undefined
  return type === undefined ? value : { kind: 'dtype', type }
}

const OF_PYTHON: Readonly<Record<string, DataType>> = {
  int: types.int64,
  float: types.float64,
  str: types.utf8,
  bool: types.bool,
  date: types.date,
  datetime: types.timestamp,
  time: types.time,
  timedelta: types.duration,
}

/** Matches what was given with the parameters. Throws `unsupported` for an unknown keyword, `invalid_argument` otherwise. */
export function bindArguments(
  method: string,
  params: readonly Parameter[],
  given: GivenArguments,
  self: PolarsExpression | null,
): BoundArguments {
  const bound = new Map<string, Argument>()
  if (self !== null) bound.set('self', { kind: 'expressions', expressions: [self] })
  const values = new Map<string, Value[]>()
  let next = 0
  for (const param of params) {
    if (param.rest) {
      if (next < given.args.length) values.set(param.name, given.args.slice(next))
      next = given.args.length
    } else {
      const value = given.args[next]
      if (value === undefined) break
      values.set(param.name, [value])
      next++
    }
  }
  if (next < given.args.length) {
    throw new LakebookError(
      'invalid_argument',
      `\`${method}\` takes ${next} positional arguments, not ${given.args.length}`,
      {
        span: given.span,
      },
    )
  }
  for (const keyword of given.keywords) {
    const param = params.find((candidate) => candidate.name === keyword.name)
    if (param === undefined) {
      const near = nearestName(
        keyword.name,
        params.map((candidate) => candidate.name),
      )
      throw unsupported(
        `The argument \`${keyword.name}\` of \`${method}\``,
        keyword.span,
        near === null ? undefined : `The nearest that is supported: \`${near}\`.`,
      )
    }
    if (values.has(keyword.name)) {
      throw new LakebookError('invalid_argument', `\`${method}\` got \`${keyword.name}\` twice`, {
        span: keyword.span,
      })
    }
    values.set(keyword.name, [keyword.value])
  }
  for (const param of params) {
    const value = values.get(param.name)
    if (value === undefined) {
      if (param.optional) continue
      throw new LakebookError('invalid_argument', `\`${method}\` needs \`${param.name}\``, {
        span: given.span,
      })
    }
    bound.set(param.name, readArgument(param, value, given.span))
  }
  return new BoundArguments(method, given.span, bound)
}

function readArgument(param: Parameter, values: readonly Value[], span: SourceSpan | undefined): Argument {
  const [first] = values
  switch (param.kind) {
    case 'operand':
    case 'column':
    case 'columns': {
      const text = param.kind === 'operand' ? 'literal' : 'column'
      const isMany = param.rest || param.kind === 'columns'
      const flat = values.flatMap((value) => (isMany && value.kind === 'list' ? value.items : [value]))
      return { kind: 'expressions', expressions: flat.map((value) => toExpression(value, text, span)) }
    }
    default:
      if (param.rest) return { kind: 'value', value: { kind: 'list', items: values.flatMap(flattenList) } }
      return { kind: 'value', value: first ?? { kind: 'scalar', value: null } }
  }
}

function flattenList(value: Value): readonly Value[] {
  return value.kind === 'list' ? value.items : [value]
}
