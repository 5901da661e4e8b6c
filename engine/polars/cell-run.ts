import { LakebookError, unsupported } from '../errors.ts'
import type { FunctionStatement, ItemStatement, LoopStatement, Statement, ValueStatement } from './ast.ts'
import { bannedLoop } from './banned.ts'
import { ofFairSize } from './constant-size.ts'
import { isTruthy, iterate } from './constant-values.ts'
import { readsOf } from './count-reads.ts'
import { evaluate, type Scope } from './evaluate.ts'
import type { Frame } from './frame.ts'
import { outsideSubset } from './outside-subset.ts'
import { sharedFrame } from './shared-frame.ts'
import { describeValue, dictOf, scalar, withEntry, type Value } from './values.ts'

/** More statements than a cell needs: loops and functions are worked out when the cell is read. */
const MOST_STEPS = 20_000

/** What a statement came to. */
export interface Outcome {
  readonly value: Value
  readonly statement: ValueStatement
}

/**
 * Works out the statements of a cell, one after the other. Loops go over constants and branches look at constants, so
 * everything is known when the cell is read; nothing runs over rows.
 */
export class CellRun {
  /** Frames that got a name in the cell itself. */
  readonly assigned = new Map<string, Frame>()
  #steps = 0

  /** The last value that was written or assigned; null when there was none. */
  run(statements: readonly Statement[], scope: Scope): Outcome | null {
    return this.#block(statements, scope, null).last
  }

  /** `own`: the names that a function may change; null in the cell itself. */
  #block(statements: readonly Statement[], scope: Scope, own: Set<string> | null): BlockOutcome {
    let last: Outcome | null = null
    for (const [i, statement] of statements.entries()) {
      if (++this.#steps > MOST_STEPS)
        throw unsupported(
          `A cell of more than ${MOST_STEPS} steps`,
          statement.span,
          'Use expressions over columns.',
        )
      switch (statement.kind) {
        case 'value': {
          const reads = own === null ? readsOf(statements, i) : 0
          const value = this.#value(statement, scope, own, reads)
          last = value === null ? null : { value, statement }
          break
        }
        case 'unpack': {
          const parts = iterate(evaluate(statement.value, scope), statement.value.span)
          this.#assignAll(statement.targets, parts, statement, scope, own)
          const [name, value] = [statement.targets.at(-1)!, parts.at(-1)!]
          const target = { name, span: statement.span }
          last = { value, statement: { kind: 'value', target, value: statement.value, span: statement.span } }
          break
        }
        case 'item':
          this.#setItem(statement, scope, own)
          last = null
          break
        case 'function':
          this.#assign(statement.name, this.#function(statement, scope), scope, own)
          last = null
          break
        case 'return':
          if (own === null) throw outsideSubset('ReturnStatement', statement.span)
          return {
            last,
            returned: statement.value === null ? scalar(null) : evaluate(statement.value, scope),
          }
        case 'branch': {
          const chosen = statement.branches.find(
            ({ condition }) => condition === null || isTruthy(evaluate(condition, scope), condition.span),
          )
          const inside = this.#block(chosen?.body ?? [], scope, own)
          if (inside.returned !== null) return inside
          ;({ last } = inside)
          break
        }
        case 'loop': {
          const inside = this.#loop(statement, scope, own)
          if (inside.returned !== null) return inside
          ;({ last } = inside)
        }
      }
    }
    return { last, returned: null }
  }

  #loop(statement: LoopStatement, scope: Scope, own: Set<string> | null): BlockOutcome {
    const over = evaluate(statement.value, scope)
    if (over.kind === 'frame') throw bannedLoop(over.frame, statement.span)
    let inside: BlockOutcome = { last: null, returned: null }
    for (const item of iterate(over, statement.value.span)) {
      const isOne = statement.targets.length === 1
      const parts = isOne ? [item] : iterate(item, statement.value.span)
      this.#assignAll(statement.targets, parts, statement, scope, own)
      inside = this.#block(statement.body, scope, own)
      if (inside.returned !== null) return inside
    }
    return inside
  }

  /** The value of the statement; null for one that only changes something. */
  #value(statement: ValueStatement, scope: Scope, own: Set<string> | null, reads: number): Value | null {
    const { target, value: syntax } = statement
    if (target === null && this.#changesList(statement, scope, own)) return null
    if (target === null && isConfiguration(statement)) return null
    const evaluated = evaluate(syntax, scope)
    if (target === null) return evaluated
    const value: Value =
      evaluated.kind === 'frame' && reads > 1
        ? { ...evaluated, frame: sharedFrame(target.name, evaluated.frame) }
        : evaluated
    this.#assign(target.name, value, scope, own)
    return value
  }

  #assign(name: string, value: Value, scope: Scope, own: Set<string> | null): void {
    scope.values.set(name, value)
    if (own !== null) {
      own.add(name)
      return
    }
    this.assigned.delete(name)
    if (value.kind === 'frame') this.assigned.set(name, value.frame)
  }

  #assignAll(
    targets: readonly string[],
    parts: readonly Value[],
    { span }: Statement,
    scope: Scope,
    own: Set<string> | null,
  ): void {
    if (parts.length !== targets.length)
      throw new LakebookError('type', `${targets.length} names for ${parts.length} values`, { span })
    targets.forEach((target, i) => this.#assign(target, parts[i]!, scope, own))
  }

  /** `items.append(x)`, `items.extend(xs)` and `mapping.update(more)`. */
  #changesList({ value: syntax, span }: ValueStatement, scope: Scope, own: Set<string> | null): boolean {
    if (syntax.kind !== 'call' || syntax.callee.kind !== 'attribute') return false
    const { object, name: method } = syntax.callee
    const [given, ...others] = syntax.args
    if (object.kind !== 'name' || given === undefined || others.length + syntax.keywords.length > 0)
      return false
    const known = scope.values.get(object.name)
    const changed = known === undefined ? null : changedBy(known, method, () => evaluate(given, scope), span)
    if (changed === null) return false
    ofFairSize(changed, span)
    this.#checkOwn(object.name, span, own)
    this.#assign(object.name, changed, scope, own)
    return true
  }

  #setItem({ name, index, value: syntax, span }: ItemStatement, scope: Scope, own: Set<string> | null): void {
    const known = scope.values.get(name)
    const [key, value] = [evaluate(index, scope), evaluate(syntax, scope)]
    if (known?.kind !== 'dict' && known?.kind !== 'list') {
      throw unsupported(
        'An assignment to part of a frame',
        span,
        'Use frame = frame.with_columns(expression.alias("name")).',
      )
    }
    this.#checkOwn(name, span, own)
    if (known.kind === 'dict') {
      this.#assign(name, withEntry(known, key, value), scope, own)
      return
    }
    const at = key.kind === 'scalar' && typeof key.value === 'bigint' ? Number(key.value) : NaN
    const place = at < 0 ? known.items.length + at : at
    if (!(place >= 0 && place < known.items.length))
      throw new LakebookError('invalid_argument', `The list has no item at ${describeValue(key)}`, { span })
    this.#assign(name, { kind: 'list', items: known.items.with(place, value) }, scope, own)
  }

  /** What a function changes outside itself would not be seen there. */
  #checkOwn(name: string, span: Statement['span'], own: Set<string> | null): void {
    if (own === null || own.has(name)) return
    throw unsupported(
      `Changing \`${name}\` inside a function`,
      span,
      'Return the new value, and assign it where the function is called.',
    )
  }

  /** A function is worked out where it is called, with what its parameters stand for there. */
  #function({ name, parameters, body, span }: FunctionStatement, scope: Scope): Value {
    return {
      kind: 'lambda',
      call: ({ args, keywords }) => {
        const values = new Map(scope.values)
        const own = new Set<string>()
        const give = (parameter: string, value: Value) => {
          if (own.has(parameter) || !parameters.some((one) => one.name === parameter))
            throw wrongCall(name, parameters, span)
          own.add(parameter)
          values.set(parameter, value)
        }
        if (args.length > parameters.length) throw wrongCall(name, parameters, span)
        args.forEach((value, i) => give(parameters[i]!.name, value))
        for (const keyword of keywords) give(keyword.name, keyword.value)
        for (const { name: parameter, otherwise } of parameters) {
          if (own.has(parameter)) continue
          if (otherwise === null) throw wrongCall(name, parameters, span)
          give(parameter, evaluate(otherwise, scope))
        }
        return this.#block(body, { ...scope, values }, own).returned ?? scalar(null)
      },
    }
  }
}

interface BlockOutcome {
  readonly last: Outcome | null
  /** What `return` gave; null where there was none. */
  readonly returned: Value | null
}

function wrongCall(
  name: string,
  parameters: FunctionStatement['parameters'],
  span: Statement['span'],
): LakebookError {
  const wanted = parameters.map((one) => (one.otherwise === null ? one.name : `${one.name}=…`)).join(', ')
  return new LakebookError('type', `\`${name}\` takes (${wanted}), which it was not called with`, { span })
}

/** The list or dict after the method; null for a method that changes nothing. */
function changedBy(known: Value, method: string, given: () => Value, span: Statement['span']): Value | null {
  if (known.kind === 'list' && method === 'append') return { kind: 'list', items: [...known.items, given()] }
  if (known.kind === 'list' && method === 'extend')
    return { kind: 'list', items: [...known.items, ...iterate(given(), span)] }
  if (known.kind !== 'dict' || method !== 'update') return null
  const more = given()
  if (more.kind !== 'dict') throw new LakebookError('type', '`update` takes a dict', { span })
  return dictOf([...known.entries, ...more.entries])
}

/** `pl.Config.set_tbl_rows(20)` and its like, which say how Polars prints: results are shown as a grid. */
function isConfiguration({ value }: ValueStatement): boolean {
  let syntax = value
  while (syntax.kind === 'call' || syntax.kind === 'attribute') {
    if (syntax.kind === 'attribute' && syntax.name === 'Config')
      return syntax.object.kind === 'name' && ['pl', 'polars'].includes(syntax.object.name)
    syntax = syntax.kind === 'call' ? syntax.callee : syntax.object
  }
  return false
}
