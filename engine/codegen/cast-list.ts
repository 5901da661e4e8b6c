import type { DataType } from '../arrow/types.ts'
import type { CodeContext } from './code-context.ts'
import { allocateList, forEachItem, storeItem } from './list-loop.ts'
import type { Value } from './value.ts'

/** A list with every item cast by `castItem`. */
export function castList(
  context: CodeContext,
  list: Value,
  to: DataType,
  castItem: (item: Value) => Value,
): Value {
  const result = allocateList(context, to, list.locals[1]!)
  forEachItem(context, list, (item, index) => storeItem(context, result, index, castItem(item)))
  return result
}
