import type { Local } from '../../codegen/assembler.ts'
import { emitKeyPrefix, planKeyPrefix, type KeyRest } from '../../codegen/normalized-key.ts'
import { pushValid, type Value } from '../../codegen/value.ts'
import { physicalType } from '../../arrow/types.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import { emitLoadField } from '../row-layout.ts'
import { SORT_ENTRY, type SortedField } from './sort-entry.ts'

/** The place of the word before the first: that of the entries' own prefixes. */
export const FIRST_WORD = -1
/** Equal words mean equal keys. */
export const ALL_TOLD = -2
/** What is left has to be compared. */
export const NOT_TOLD = -3

/** A place is a state's index above how many bytes of a text are told. */
const STATE_SHIFT = 16
const BYTES_MASK = 0xffff
/** Texts that are equal so far are compared. */
const MOST_TEXT_BYTES = 64
/** See `bytes_word` in kernels/assembly/bytes.ts. */
const WORD_BYTES = 7
const WORD_MARK = 0x1f
const MARK_OF_MORE = 16

/** What a word begins with, and where the next goes on: that of a text where the text has ended. */
interface WordState extends Pick<KeyRest, 'key' | 'nullTold'> {
  readonly isText: boolean
  /** So many keys have a part in it. */
  readonly keys: number
  next: number
}

/**
 * Adds `key_word(entries, count, place, prefix) → place`: for at least one entry, whose words up to `place` are equal
 * and the last of them is `prefix`, it writes the next word into the prefixes. Words order such entries as their keys
 * do. It returns that word's place or, having written nothing, `ALL_TOLD` or `NOT_TOLD`. `rest` is where the entries'
 * own prefixes end.
 *
 * Numbers have words as in `emitKeyPrefix`. A text has a bit for NULL in its first word, where that is not told, and then
 * 7 bytes and how many there are: equal words tell whether it has ended, and the next word begins with the next key.
 */
export function emitKeyWords(compiler: PipelineCompiler, keys: readonly SortedField[], rest: KeyRest): void {
  const states: WordState[] = []
  const first = placeOf(states, keys, rest)
  const signature = { params: ['i32', 'i32', 'i32', 'i64'], results: ['i32'] } as const
  compiler.function('key_word', signature, (f, [entries, count, place, prefix]) => {
    const state = f.local('i32')
    emitNextPlace(compiler, states, keys, { place: place!, prefix: prefix!, state, first })
    f.get(place!)
    f.i32(0)
    f.op('i32.lt_s')
    f.if(() => {
      f.get(place!)
      f.op('return')
    })
    const bytes = f.local('i32')
    f.get(place!)
    f.i32(BYTES_MASK)
    f.op('i32.and')
    f.set(bytes)
    f.get(place!)
    f.i32(STATE_SHIFT)
    f.op('i32.shr_u')
    f.set(state)
    states.forEach((each, index) => {
      emitIfState(compiler, state, index, () => {
        emitWords(compiler, entries!, count!, (row) => {
          if (each.isText) pushTextWord(compiler, row, keys[each.key]!, each, bytes)
          else pushNumberWord(compiler, row, keys.slice(each.key, each.key + each.keys), each)
        })
      })
    })
    f.get(place!)
  })
}

/** The place of the word that begins with the rest, whose states are added to those known. */
function placeOf(states: WordState[], keys: readonly SortedField[], rest: KeyRest | null): number {
  if (rest === null || rest.key === keys.length) return ALL_TOLD
  const { key, nullTold, bytes } = rest
  const type = keys[key]!.field.column.type
  const isText = physicalType(type) === 'bytes' && type.kind !== 'struct'
  const shapes = keys.slice(key).map(({ field: { column } }) => ({
    physical: physicalType(column.type),
    type: column.type,
    valid: column.nullable ? ANY_LOCAL : null,
  }))
  const word = planKeyPrefix(shapes, nullTold)
  // a list, or what is left of a number that has no more bits to tell
  const isTold = word.rest !== null && word.rest.key === 0 && word.rest.nullTold === nullTold
  if (!isText && isTold) return NOT_TOLD
  const known = states.findIndex((state) => state.key === key && state.nullTold === nullTold)
  if (known >= 0) return (known << STATE_SHIFT) | bytes
  const index = states.length
  const state: WordState = { key, nullTold, isText, keys: word.pieces.length, next: NOT_TOLD }
  states.push(state)
  const next = isText
    ? { key: key + 1, nullTold: false, bytes: 0 }
    : word.rest && { ...word.rest, key: key + word.rest.key }
  state.next = placeOf(states, keys, next)
  return (index << STATE_SHIFT) | bytes
}

/** Stands for a validity that there is. */
const ANY_LOCAL: Local = { index: 0, type: 'i32' }

/** Emits: `place` becomes that of the next word. */
function emitNextPlace(
  compiler: PipelineCompiler,
  states: readonly WordState[],
  keys: readonly SortedField[],
  { place, prefix, state, first }: { place: Local; prefix: Local; state: Local; first: number },
): void {
  const { f } = compiler
  f.get(place)
  f.i32(STATE_SHIFT)
  f.op('i32.shr_s')
  f.set(state)
  f.get(place)
  f.i32(FIRST_WORD)
  f.op('i32.eq')
  f.if(() => {
    f.i32(first)
    f.set(place)
  })
  states.forEach(({ key, isText, next }, index) => {
    emitIfState(compiler, state, index, () => {
      if (!isText) {
        f.i32(next)
        f.set(place)
        return
      }
      f.get(prefix)
      f.op('i32.wrap_i64')
      if (keys[key]!.descending) {
        f.i32(-1)
        f.op('i32.xor')
      }
      f.i32(WORD_MARK)
      f.op('i32.and')
      f.i32(MARK_OF_MORE)
      f.op('i32.lt_u')
      f.if(
        () => {
          f.i32(next)
          f.set(place)
        },
        () => {
          f.get(place)
          f.i32(WORD_BYTES)
          f.op('i32.add')
          f.i32(NOT_TOLD)
          f.get(place)
          f.i32(BYTES_MASK)
          f.op('i32.and')
          f.i32(MOST_TEXT_BYTES)
          f.op('i32.lt_u')
          f.op('select')
          f.set(place)
        },
      )
    })
  })
}

function emitIfState({ f }: PipelineCompiler, state: Local, index: number, body: () => void): void {
  f.get(state)
  f.i32(index)
  f.op('i32.eq')
  f.if(body)
}

/** Emits that the prefix of each entry becomes what `push` pushes of its row. */
function emitWords({ f }: PipelineCompiler, entries: Local, count: Local, push: (row: Local) => void): void {
  const end = f.local('i32')
  const row = f.local('i32')
  f.get(entries)
  f.get(count)
  f.i32(SORT_ENTRY.bytes)
  f.op('i32.mul')
  f.op('i32.add')
  f.set(end)
  f.loop((again) => {
    f.get(entries)
    f.memory('i32.load', SORT_ENTRY.row)
    f.set(row)
    f.get(entries)
    push(row)
    f.memory('i64.store', SORT_ENTRY.prefix)
    f.get(entries)
    f.i32(SORT_ENTRY.bytes)
    f.op('i32.add')
    f.tee(entries)
    f.get(end)
    f.op('i32.lt_u')
    f.brIf(again)
  })
}

function pushNumberWord(
  compiler: PipelineCompiler,
  row: Local,
  keys: readonly SortedField[],
  { nullTold }: WordState,
): void {
  const values = keys.map(({ field, descending, nullsFirst }) => ({
    value: emitLoadField(compiler.f, row, field),
    descending,
    nullsFirst,
  }))
  emitKeyPrefix(compiler, values, nullTold)
}

function pushTextWord(
  compiler: PipelineCompiler,
  row: Local,
  { field, descending, nullsFirst }: SortedField,
  { nullTold }: WordState,
  bytes: Local,
): void {
  const { f } = compiler
  const text: Value = emitLoadField(f, row, field)
  const push = (): void => {
    for (const local of [...text.locals, bytes]) f.get(local)
    f.call(compiler.kernel('bytes_word', { params: ['i32', 'i32', 'i32'], results: ['i64'] }))
    if (!descending) return
    f.i64((1n << 63n) - 1n)
    f.op('i64.xor')
  }
  if (text.valid === null) {
    push()
    return
  }
  f.get(text.valid)
  f.if(
    push,
    () => {
      // as that of a text that ends there
      f.i64(descending ? BigInt(WORD_MARK) : 0n)
    },
    'i64',
  )
  if (nullTold) return
  pushValid(f, text)
  if (!nullsFirst) f.op('i32.eqz')
  f.op('i64.extend_i32_u')
  f.i64(63n)
  f.op('i64.shl')
  f.op('i64.or')
}
