import { listOf } from '../../arrow/types.ts'
import type { ElementMethod } from '../expression-method.ts'
import { castTo, lowered } from '../lowered.ts'
import { listEvalMethods } from './list-eval.ts'
import { listItemMethods } from './list-items.ts'
import { listMethods } from './lists.ts'

const SHARED: ReadonlySet<string> = new Set([
  'all',
  'any',
  'arg_max',
  'arg_min',
  'contains',
  'count_matches',
  'eval',
  'first',
  'get',
  'head',
  'join',
  'last',
  'len',
  'max',
  'mean',
  'median',
  'min',
  'n_unique',
  'reverse',
  'shift',
  'slice',
  'sort',
  'std',
  'sum',
  'tail',
  'to_list',
  'to_struct',
  'unique',
  'var',
])

/** An array is a list of one length: its methods are those of lists, of what it is as a list. */
function ofArray(method: ElementMethod): ElementMethod {
  return {
    ...method,
    name: method.name.replace('list.', 'arr.'),
    apply([array, ...others], node) {
      const { expression } = array!
      const { type } = expression
      const list = type.kind === 'list' ? castTo(expression, listOf(type.item)) : expression
      return method.apply([lowered(list), ...others], node)
    },
  }
}

export const arrayMethods: readonly ElementMethod[] = [...listMethods, ...listItemMethods, ...listEvalMethods]
  .map(ofArray)
  .filter((method) => SHARED.has(method.name.slice('arr.'.length)))
