import { listOf, type DataType } from '../../arrow/types.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import { compileExpression } from '../../codegen/expression.ts'
import {
  allocateList,
  forEachIndex,
  forEachItem,
  itemTypeOf,
  loadItem,
  storeItem,
} from '../../codegen/list-loop.ts'
import { copyValue, declareValue, type Value } from '../../codegen/value.ts'
import type { Local } from '../../codegen/assembler.ts'
import { types } from '../../arrow/types.ts'
import { internalError } from '../../errors.ts'
import type { CallExpression, Column, LambdaExpression } from '../../plan/plan.ts'
import type { LazyFunction, ScalarFunction } from '../scalar-function.ts'

/** How a function goes through a list with a lambda. The binder makes such calls, from the types given here. */
export interface LambdaFunction extends LazyFunction {
  /** Types of the lambda's parameters; the last may be left out. */
  parameters(list: DataType & { readonly kind: 'list' }, initial: DataType | null): readonly DataType[]
  /** What the body is cast to; null: nothing. */
  body(list: DataType & { readonly kind: 'list' }, initial: DataType | null): DataType | null
  result(list: DataType & { readonly kind: 'list' }, body: DataType): DataType
}

function lambdaOf(call: CallExpression): LambdaExpression {
  const lambda = call.args[1]
  if (lambda?.kind !== 'lambda') throw internalError(`${call.fn} was bound without a lambda`)
  return lambda
}

/** The context in which the parameters are columns. */
function withColumns(
  context: CodeContext,
  columns: readonly Column[],
  values: readonly Value[],
): CodeContext {
  const { module, f, thread, scalars } = context
  const known = new Map(columns.map(({ id }, index) => [id, values[index]!]))
  return {
    module,
    f,
    thread,
    scalars,
    column: (id) => known.get(id) ?? context.column(id),
    once: (expression, compute) => context.once(expression, compute),
    branch: (body) => context.branch(body),
    constant: (bytes) => context.constant(bytes),
    kernel: (name, signature) => context.kernel(name, signature),
    attempt: (failed, body) => context.attempt(failed, body),
    raise: (code, message, span, hint, text) => context.raise(code, message, span, hint, text),
  }
}

/** The place of an item, from 1 on. */
function position({ f }: CodeContext, index: Local): Value {
  const value = declareValue(f, types.int64, false)
  f.get(index)
  f.op('i64.extend_i32_u')
  f.i64(1n)
  f.op('i64.add')
  f.set(value.locals[0]!)
  return value
}

/** NULL for a NULL list, else what `body` sets. */
function overList(
  context: CodeContext,
  call: CallExpression,
  list: Value,
  body: (list: Value, result: Value) => void,
): Value {
  const { f } = context
  const result = declareValue(f, call.type, call.nullable)
  if (list.valid === null) {
    if (result.valid !== null) {
      f.i32(1)
      f.set(result.valid)
    }
    context.branch(() => body(list, result))
    return result
  }
  f.get(list.valid)
  f.set(result.valid!)
  f.get(list.valid)
  f.if(() => context.branch(() => body({ ...list, valid: null }, result)))
  return result
}

const described = { category: 'list', nulls: 'lazy', resolve: () => null } as const

const listTransform: LambdaFunction = {
  ...described,
  name: 'list_transform',
  aliases: ['list_apply', 'array_transform', 'array_apply', 'apply'],
  summary: 'What the lambda makes of each item; its second parameter is the place, from 1 on.',
  example: 'list_transform([1, 2, 3], x -> x + 1)',
  parameters: (list) => [list.item, types.int64],
  body: () => null,
  result: (_list, body) => listOf(body),
  lower(context, call, compile) {
    const { parameters, body } = lambdaOf(call)
    return overList(context, call, compile(call.args[0]!), (list, result) => {
      const made = allocateList(context, call.type, list.locals[1]!)
      forEachItem(context, list, (item, index) => {
        context.branch(() => {
          const inside = withColumns(context, parameters, [item, position(context, index)])
          storeItem(context, made, index, compileExpression(inside, body))
        })
      })
      copyLocals(context, made, result)
    })
  },
}

function copyLocals({ f }: CodeContext, from: Value, to: Value): void {
  from.locals.forEach((local, part) => {
    f.get(local)
    f.set(to.locals[part]!)
  })
}

const listFilter: LambdaFunction = {
  ...described,
  name: 'list_filter',
  aliases: ['array_filter', 'filter'],
  summary: 'The items for which the lambda is true; its second parameter is the place, from 1 on.',
  example: 'list_filter([1, 2, 3], x -> x > 1)',
  parameters: (list) => [list.item, types.int64],
  body: () => types.bool,
  result: (list) => list,
  lower(context, call, compile) {
    const { f } = context
    const { parameters, body } = lambdaOf(call)
    return overList(context, call, compile(call.args[0]!), (list, result) => {
      const count = f.local('i32')
      f.i32(0)
      f.set(count)
      f.get(context.thread)
      f.get(list.locals[1]!)
      f.i32(4)
      f.op('i32.mul')
      f.call(context.kernel('scratch_allocate', { params: ['i32', 'i32'], results: ['i32'] }))
      const kept = f.keep('i32')
      forEachItem(context, list, (item, index) => {
        context.branch(() => {
          const inside = withColumns(context, parameters, [item, position(context, index)])
          const condition = compileExpression(inside, body)
          pushPlace(context, kept, count)
          f.get(index)
          f.memory('i32.store')
          f.get(count)
          f.get(condition.locals[0]!)
          if (condition.valid !== null) {
            f.get(condition.valid)
            f.op('i32.and')
          }
          f.op('i32.add')
          f.set(count)
        })
      })
      const made = allocateList(context, call.type, count)
      const item = declareValue(f, itemTypeOf(list.type), true)
      forEachIndex(context, count, (index) => {
        pushPlace(context, kept, index)
        f.memory('i32.load')
        loadItem(context, list, f.keep('i32'), item)
        storeItem(context, made, index, item)
      })
      copyLocals(context, made, result)
    })
  },
}

function pushPlace({ f }: CodeContext, places: Local, index: Local): void {
  f.get(places)
  f.get(index)
  f.i32(4)
  f.op('i32.mul')
  f.op('i32.add')
}

const listReduce: LambdaFunction = {
  ...described,
  name: 'list_reduce',
  aliases: ['array_reduce', 'reduce'],
  summary: 'One value of all items: the lambda takes what came of those before, and the next item.',
  example: 'list_reduce([1, 2, 3], (total, x) -> total + x)',
  parameters: (list, initial) => [initial ?? list.item, list.item, types.int64],
  body: (list, initial) => initial ?? list.item,
  result: (_list, body) => body,
  lower(context, call, compile) {
    const { f } = context
    const { parameters, body } = lambdaOf(call)
    const initial = call.args[2]
    return overList(context, call, compile(call.args[0]!), (list, result) => {
      const total = declareValue(f, call.type, true)
      const item = declareValue(f, itemTypeOf(list.type), true)
      const index = f.local('i32')
      f.i32(0)
      f.set(index)
      if (initial === undefined) {
        f.get(list.locals[1]!)
        f.op('i32.eqz')
        f.if(() =>
          context.raise(
            'invalid_argument',
            `Cannot perform ${call.fn} on an empty list`,
            call.span,
            'Give an initial value as the third argument.',
          ),
        )
        loadItem(context, list, index, total)
        f.i32(1)
        f.set(index)
      } else {
        copyValue(f, compile(initial), total)
      }
      f.block((done) => {
        f.loop((again) => {
          f.get(index)
          f.get(list.locals[1]!)
          f.op('i32.ge_u')
          f.brIf(done)
          loadItem(context, list, index, item)
          context.branch(() => {
            const inside = withColumns(context, parameters, [total, item, position(context, index)])
            const next = declareValue(f, call.type, true)
            copyValue(f, compileExpression(inside, body), next)
            copyValue(f, next, total)
          })
          f.get(index)
          f.i32(1)
          f.op('i32.add')
          f.set(index)
          f.br(again)
        })
      })
      copyLocals(context, total, result)
      f.get(total.valid!)
      f.set(result.valid!)
    })
  },
}

const lambdas: readonly LambdaFunction[] = [listTransform, listFilter, listReduce]

export const lambdaFunctions: readonly ScalarFunction[] = lambdas

/** A function that takes a lambda, by name or alias. */
export function findLambdaFunction(name: string): LambdaFunction | undefined {
  return lambdas.find((fn) => fn.name === name || fn.aliases?.includes(name))
}
