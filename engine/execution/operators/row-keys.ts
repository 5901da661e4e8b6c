import type { FunctionBuilder, Label, Local } from '../../codegen/assembler.ts'
import { emitEquals } from '../../codegen/compare.ts'
import { emitHash } from '../../codegen/hash.ts'
import { pushValid, type Value } from '../../codegen/value.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import { emitLoadField, type RowField } from '../row-layout.ts'

const SEED = 0x243f6a8885a308d3n
const MULTIPLIER = 0x9fb21c651e98df25n
/** Texts up to here are hashed and compared as one word, without a call. */
const SHORT_BYTES = 8

/** A key of the current row, ready to be looked up. */
export interface LookupKey {
  readonly value: Value
  /** Of a text of up to 8 bytes: its word (see `pushShortWord`). Null for other types. */
  readonly word: Local | null
}

export interface Lookup {
  readonly keys: readonly LookupKey[]
  /** u32: its low bits choose a directory entry, its high bits a partition. */
  readonly hash: Local
}

/** Emits the hash of the keys. */
export function emitLookup(compiler: PipelineCompiler, keys: readonly Value[]): Lookup {
  const { f } = compiler
  const seed = f.local('i64')
  f.i64(SEED)
  f.set(seed)
  const lookupKeys = keys.map((value): LookupKey => {
    if (value.physical === 'bytes' && value.type.kind !== 'struct')
      return { value, word: emitHashText(compiler, value, seed) }
    f.scope(() => emitHash(compiler, value, seed))
    f.set(seed)
    return { value, word: null }
  })
  f.get(seed)
  f.op('i32.wrap_i64')
  return { keys: lookupKeys, hash: f.keep('i32') }
}

/** Combines a text's hash into the seed. Returns its word. */
function emitHashText(compiler: PipelineCompiler, value: Value, seed: Local): Local {
  const { f } = compiler
  const word = f.local('i64')
  const [pointer, length] = value.locals
  const isShort = (): void => {
    f.get(length!)
    f.i32(SHORT_BYTES)
    f.op('i32.le_u')
    if (value.valid !== null) {
      f.get(value.valid)
      f.op('i32.and')
    }
  }
  isShort()
  f.if(
    () => {
      pushShortWord(f, pointer!, length!)
      f.set(word)
      // as emitHash mixes, with the length beside the word
      f.get(seed)
      f.i64(27n)
      f.op('i64.rotl')
      f.get(word)
      f.op('i64.xor')
      f.get(length!)
      f.op('i64.extend_i32_u')
      f.i64(SEED)
      f.op('i64.mul')
      f.op('i64.xor')
      f.i64(MULTIPLIER)
      f.op('i64.mul')
      f.tee(seed)
      f.get(seed)
      f.i64(32n)
      f.op('i64.shr_u')
      f.op('i64.xor')
    },
    () => f.scope(() => emitHash(compiler, value, seed)),
    'i64',
  )
  f.set(seed)
  return word
}

/**
 * Pushes an i64 that two texts of one length, up to 8 bytes, share only when they are equal: the first and the last
 * four bytes, or the first, middle and last byte.
 */
function pushShortWord(f: FunctionBuilder, pointer: Local, length: Local): void {
  const last = (back: number): void => {
    f.get(pointer)
    f.get(length)
    f.op('i32.add')
    f.i32(back)
    f.op('i32.sub')
  }
  f.get(length)
  f.i32(4)
  f.op('i32.ge_u')
  f.if(
    () => {
      f.get(pointer)
      f.memory('i64.load32_u')
      last(4)
      f.memory('i64.load32_u')
      f.i64(32n)
      f.op('i64.shl')
      f.op('i64.or')
    },
    () => {
      f.get(length)
      f.if(
        () => {
          f.get(pointer)
          f.memory('i64.load8_u')
          f.get(pointer)
          f.get(length)
          f.i32(1)
          f.op('i32.shr_u')
          f.op('i32.add')
          f.memory('i64.load8_u')
          f.i64(8n)
          f.op('i64.shl')
          f.op('i64.or')
          last(1)
          f.memory('i64.load8_u')
          f.i64(16n)
          f.op('i64.shl')
          f.op('i64.or')
        },
        () => f.i64(0n),
        'i64',
      )
    },
    'i64',
  )
}

/**
 * Emits a branch to `different` unless the row's field is the key. `nullSafe`: NULL is the same as NULL; else both are
 * known to be valid.
 */
export function emitLeaveUnlessSame(
  compiler: PipelineCompiler,
  key: LookupKey,
  row: Local,
  field: RowField,
  nullSafe: boolean,
  different: Label,
): void {
  const { f } = compiler
  f.scope(() => pushSame(compiler, key, emitLoadField(f, row, field), nullSafe))
  f.op('i32.eqz')
  f.brIf(different)
}

/** Pushes 1 when the stored value is the key. */
function pushSame(compiler: PipelineCompiler, key: LookupKey, stored: Value, nullSafe: boolean): void {
  const { f } = compiler
  if (!nullSafe || (key.value.valid === null && stored.valid === null)) {
    pushEqual(compiler, key, stored)
    return
  }
  pushValid(f, key.value)
  pushValid(f, stored)
  f.op('i32.and')
  f.if(
    () => pushEqual(compiler, key, stored),
    () => {
      pushValid(f, key.value)
      pushValid(f, stored)
      f.op('i32.or')
      f.op('i32.eqz')
    },
    'i32',
  )
}

/** Pushes 1 when both, which are valid, are equal. */
function pushEqual(compiler: PipelineCompiler, { value, word }: LookupKey, stored: Value): void {
  const { f } = compiler
  const key = { ...value, valid: null }
  const other = { ...stored, valid: null }
  if (word === null) {
    emitEquals(compiler, key, other)
    return
  }
  const [pointer, length] = other.locals
  f.get(key.locals[1]!)
  f.get(length!)
  f.op('i32.ne')
  f.if(
    () => f.i32(0),
    () => {
      f.get(length!)
      f.i32(SHORT_BYTES)
      f.op('i32.le_u')
      f.if(
        () => {
          pushShortWord(f, pointer!, length!)
          f.get(word)
          f.op('i64.eq')
        },
        () => emitEquals(compiler, key, other),
        'i32',
      )
    },
    'i32',
  )
}
