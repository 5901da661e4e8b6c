import { types } from '../../arrow/types.ts'
import type { Local } from '../../codegen/assembler.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import type { Value } from '../../codegen/value.ts'
import type { Accumulator, AggregateFunction } from './aggregate-function.ts'
import {
  appendOther,
  growBy,
  growingFields,
  initGrowing,
  pushGrowthRoom,
  pushOtherRoom,
} from './growing-bytes.ts'
import { validValue, zeroValue } from './values.ts'

const DEFAULT_SEPARATOR = new TextEncoder().encode(',')

/** After the fields of the text: how long the separator is. */
const SEPARATOR_BYTES = 2

/**
 * The texts in the order of the rows, a separator before each of them, the first one too: so two states are merged by
 * appending one to the other.
 */
const joinedText: Accumulator = {
  name: 'string_agg',
  appends: true,
  fields: () => [...growingFields(types.utf8), { type: types.uint32, nullable: false }],
  init: (context, state) => {
    initGrowing(context, state, types.utf8)
    state.store(SEPARATOR_BYTES, zeroValue(context.f, types.uint32, false))
  },
  update: (context, state, [text, given]) => {
    const { f } = context
    const separator = separatorOf(context, given)
    const added = addedBytes(context, text!, separator)
    const begin = growBy(context, state, added)
    f.get(begin)
    f.get(separator.locals[0]!)
    f.get(separator.locals[1]!)
    f.memoryCopy()
    f.get(begin)
    f.get(separator.locals[1]!)
    f.op('i32.add')
    f.get(text!.locals[0]!)
    f.get(text!.locals[1]!)
    f.memoryCopy()
    state.store(SEPARATOR_BYTES, validValue(types.uint32, separator.locals[1]!))
  },
  merge: (context, state, [text, separatorBytes]) => {
    context.f.get(text!.valid!)
    context.f.if(() =>
      context.branch(() => {
        appendOther(context, state, text!)
        state.store(SEPARATOR_BYTES, separatorBytes!)
      }),
    )
  },
  room: (context, state, [text, given]) => {
    // of another state, what follows the text is the separator's length
    if (given?.physical === 'u32') {
      pushOtherRoom(context, state, text!)
      return
    }
    pushGrowthRoom(context, state, addedBytes(context, text!, separatorOf(context, given)))
  },
}

function separatorOf(context: CodeContext, given: Value | undefined): Value {
  if (given !== undefined) return given
  const { f } = context
  f.i32(context.constant(DEFAULT_SEPARATOR))
  const pointer = f.keep('i32')
  f.i32(DEFAULT_SEPARATOR.length)
  return validValue(types.utf8, pointer, f.keep('i32'))
}

/** Bytes of text and separator; 0 for a NULL. */
function addedBytes({ f }: CodeContext, text: Value, separator: Value): Local {
  f.get(text.locals[1]!)
  f.get(separator.locals[1]!)
  f.op('i32.add')
  for (const { valid } of [text, separator]) {
    if (valid === null) continue
    f.i32(0)
    f.get(valid)
    f.op('select')
  }
  return f.keep('i32')
}

export const joinedTexts: readonly AggregateFunction[] = [
  {
    name: 'string_agg',
    accumulators: (types) => [{ accumulator: joinedText, args: types.map((_, index) => index) }],
    finish: ({ f }, [state], _types, result) => {
      const text = state!.load(0)
      const separatorBytes = state!.load(SEPARATOR_BYTES).locals[0]!
      f.get(text.locals[0]!)
      f.get(separatorBytes)
      f.op('i32.add')
      const pointer = f.keep('i32')
      f.get(text.locals[1]!)
      f.get(separatorBytes)
      f.op('i32.sub')
      return { ...validValue(result, pointer, f.keep('i32')), valid: text.valid }
    },
  },
]
