import type { SourceSpan } from '../errors.ts'
import type { CodeContext } from './code-context.ts'
import { emitEquals } from './compare.ts'
import { forEachIndex, forEachItem, itemTypeOf, loadItem } from './list-loop.ts'
import { loadField } from './nested-value.ts'
import { declareValue, type Value } from './value.ts'

/** Ends the query where a key is NULL or is there twice. */
export function checkMapKeys(context: CodeContext, map: Value, span: SourceSpan | undefined): void {
  const { f } = context
  const other = declareValue(f, itemTypeOf(map.type), true)
  forEachItem(context, map, (entry, index) => {
    const key = loadField(context, entry, 0)
    f.get(key.valid!)
    f.op('i32.eqz')
    f.if(() => context.raise('invalid_argument', 'A key of a map cannot be NULL', span))
    forEachIndex(context, index, (before) => {
      loadItem(context, map, before, other)
      emitEquals(context, { ...key, valid: null }, { ...loadField(context, other, 0), valid: null })
      f.if(() => context.raise('invalid_argument', 'The keys of a map must be different', span))
    })
  })
}
