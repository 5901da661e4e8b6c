import { itemTypeOf, listOf, types, type DataType, type StructType } from '../arrow/types.ts'
import type { SourceSpan } from '../errors.ts'
import type { Local } from './assembler.ts'
import type { CastOptions, Converted, EmitCast } from './cast.ts'
import type { CodeContext } from './code-context.ts'
import { compileLiteral } from './expression-literal.ts'
import { emitKernelCall } from './kernel-call.ts'
import { allocateList, forEachIndex, itemTypeOf as listItem, loadItem, storeItem } from './list-loop.ts'
import { emitEquals } from './compare.ts'
import { checkMapKeys } from './map-keys.ts'
import { packStruct } from './nested-value.ts'
import { copyValue, declareValue, type Value } from './value.ts'

const LIST = 91
const OBJECT = 123
const TUPLE = 40
const COLON = 58
const EQUALS = 61

/** A list, a map or a struct that is written as a text: `[1, 2]`, `{k=v}`, `{'a': 1}`, `(1, 2)`. */
export function parseNested(
  context: CodeContext,
  text: Value,
  to: DataType,
  options: CastOptions,
  emitCast: EmitCast,
): Converted {
  const { f } = context
  const isUnnamed = to.kind === 'struct' && to.fields.every(({ name }) => name === '')
  const open = to.kind === 'list' ? LIST : isUnnamed ? TUPLE : OBJECT
  const parts = emitKernelCall(context, {
    kernel: 'text_parts',
    args: [text],
    constants: [open, to.kind === 'map' ? EQUALS : COLON],
    type: listOf(types.utf8),
    nullable: true,
  })
  const ok = f.local('i32')
  f.get(parts.valid!)
  f.set(ok)
  const result = declareValue(f, to, false)
  for (const local of result.locals) {
    f.i32(0)
    f.set(local)
  }
  f.get(ok)
  f.if(() =>
    context.branch(() => {
      const list = { ...parts, valid: null }
      const reader = new PartReader(context, list, ok, options, emitCast)
      const made = to.kind === 'struct' ? structOf(reader, to, isUnnamed) : listOfParts(reader, to)
      copyValue(f, made, result)
    }),
  )
  return { value: result, ok }
}

/** Casts parts to other types; `ok` becomes 0 where they are not those that are wanted. */
class PartReader {
  readonly context: CodeContext
  readonly parts: Value
  readonly ok: Local
  readonly span: SourceSpan | undefined
  readonly #options: CastOptions
  readonly #emitCast: EmitCast

  constructor(context: CodeContext, parts: Value, ok: Local, options: CastOptions, emitCast: EmitCast) {
    this.context = context
    this.parts = parts
    this.ok = ok
    this.span = options.span
    this.#options = options
    this.#emitCast = emitCast
  }

  load(index: Local): Value {
    const part = declareValue(this.context.f, types.utf8, true)
    loadItem(this.context, this.parts, index, part)
    return part
  }

  read(index: Local, type: DataType): Value {
    return this.cast(this.load(index), type)
  }

  /** A part that does not convert is NULL in a cast that tries. */
  cast(part: Value, type: DataType): Value {
    return this.#emitCast(this.context, part, type, this.#options)
  }
}

function listOfParts(reader: PartReader, to: DataType): Value {
  const { context, parts } = reader
  const { f } = context
  const isMap = to.kind === 'map'
  const count = f.local('i32')
  f.get(parts.locals[1]!)
  f.i32(isMap ? 1 : 0)
  f.op('i32.shr_u')
  f.set(count)
  const result = allocateList(context, to, count)
  forEachIndex(context, count, (index) => {
    if (!isMap) {
      storeItem(context, result, index, reader.read(index, itemTypeOf(to)!))
      return
    }
    const [key, value] = pairAt(context, index)
    const entry = packStruct(context, listItem(to), [reader.read(key, to.key), reader.read(value, to.value)])
    storeItem(context, result, index, entry)
  })
  if (isMap) checkMapKeys(context, result, reader.span)
  return result
}

/** Places of a key and its value among the parts. */
function pairAt({ f }: CodeContext, index: Local): readonly [key: Local, value: Local] {
  f.get(index)
  f.i32(1)
  f.op('i32.shl')
  const key = f.keep('i32')
  f.get(key)
  f.i32(1)
  f.op('i32.add')
  return [key, f.keep('i32')]
}

/** By name, or by place; a name that the struct has not, and a place too many, do not convert. */
function structOf(reader: PartReader, to: StructType, isUnnamed: boolean): Value {
  const { context, parts, ok } = reader
  const { f } = context
  const known = f.local('i32')
  f.i32(0)
  f.set(known)
  const fields = to.fields.map(({ name, type }, place) => {
    const part = declareValue(f, types.utf8, true)
    f.i32(0)
    f.set(part.valid!)
    if (isUnnamed) {
      f.i32(place)
      f.get(parts.locals[1]!)
      f.op('i32.lt_u')
      f.if(() => {
        f.i32(place)
        copyValue(f, reader.load(f.keep('i32')), part)
        addOne(context, known, 1)
      })
    } else {
      findField(reader, name, part, known)
    }
    return reader.cast(part, type)
  })
  f.get(known)
  f.get(parts.locals[1]!)
  f.op('i32.ne')
  f.if(() => {
    f.i32(0)
    f.set(ok)
  })
  return packStruct(context, to, fields)
}

function findField(reader: PartReader, name: string, part: Value, known: Local): void {
  const { context, parts } = reader
  const { f } = context
  const wanted = compileLiteral(context, { kind: 'literal', value: name, type: types.utf8, nullable: false })
  f.get(parts.locals[1]!)
  f.i32(1)
  f.op('i32.shr_u')
  forEachIndex(context, f.keep('i32'), (index, done) => {
    const [key, value] = pairAt(context, index)
    const written = reader.load(key)
    f.get(written.valid!)
    f.if(
      () => emitEquals(context, { ...written, valid: null }, wanted),
      () => f.i32(0),
      'i32',
    )
    f.if(() => {
      copyValue(f, reader.load(value), part)
      addOne(context, known, 2)
      f.br(done)
    })
  })
}

function addOne({ f }: CodeContext, local: Local, amount: number): void {
  f.get(local)
  f.i32(amount)
  f.op('i32.add')
  f.set(local)
}
