import { enter, enter_members, key_end, next_member, peek, place, skip_key, skip_value } from './json-cursor'
import { found_from, locate } from './json-path'
import { unescape, written_room } from './json-text'
import { type_of } from './json-value'
import { written } from './json-write'
import { pack, scratch_allocate_wide } from './scratch'
import { write_padded } from './temporal-text'

// The rows of json_each and json_tree, a column at a time. Every value has a number, as has every key: its place in the
// document, from 0 on.

const KEY: i32 = 0
const VALUE: i32 = 1
const TYPE: i32 = 2
const ATOM: i32 = 3
const FULL_KEY: i32 = 4
const PATH: i32 = 5
const ID: i32 = 6
const PARENT: i32 = 7

let column: i32 = 0
let isDeep: bool = false
/** The value whose members, or which with all that is in it, are the rows. */
let base: u32 = 0
let documentEnd: u32 = 0
let nextId: u64 = 0
/** Where the rows go; 0 while they are counted. */
let list: u32 = 0
let listCount: u32 = 0
let rowCount: u32 = 0
/** The path to the value that is being visited. */
let path: u32 = 0
let pathLength: u32 = 0

function copy_text(thread: u32, from: u32, length: u32): u64 {
  const target = <u32>scratch_allocate_wide(thread, length + 1)
  memory.copy(target, from, length)
  return pack(target, length)
}

function put_row(value: u64, isValid: bool): void {
  if (list != 0) {
    store<u64>(list + 8 * rowCount, value)
    store<u8>(list + 8 * listCount + rowCount, u8(isValid))
  }
  rowCount++
}

/** The row of the value at `from`. Its own part of the path begins at `parentPath` (for the base: ends there). */
function add_row(thread: u32, from: u32, id: u64, parent: u64, hasParent: bool, parentPath: u32): void {
  if (list == 0) {
    put_row(0, false)
    return
  }
  const first = load<u8>(from)
  switch (column) {
    case KEY: {
      if (parentPath == pathLength) {
        put_row(0, false)
        return
      }
      const isItem = load<u8>(path + parentPath) == 91
      const length = pathLength - parentPath - (isItem ? 2 : 1)
      put_row(copy_text(thread, path + parentPath + 1, length), true)
      return
    }
    case FULL_KEY:
      put_row(copy_text(thread, path, pathLength), true)
      return
    case PATH:
      put_row(copy_text(thread, path, parentPath), true)
      return
    case ID:
      put_row(id, true)
      return
    case PARENT:
      put_row(parent, isDeep && hasParent)
      return
  }
  enter(from, documentEnd)
  skip_value()
  const to = place()
  const isAtom = first != 123 && first != 91 && first != 110
  if (column == TYPE) put_row(type_of(from, to), true)
  else if (column == VALUE || isAtom) put_row(written(thread, from, to), true)
  else put_row(0, false)
}

/** Goes through the value at the place and behind it, and adds it to the rows if it `isRow`. */
function visit(thread: u32, isRow: bool, parent: u64, hasParent: bool, parentPath: u32): void {
  const from = place()
  const id = nextId++
  const isBase = from == base
  const first = peek()
  const isNested = first == 123 || first == 91
  if (isRow || (isBase && (isDeep || !isNested))) {
    add_row(thread, from, id, parent, hasParent && !isBase, parentPath)
    enter(from, documentEnd)
  }
  if (!isNested) {
    skip_value()
    return
  }
  const close: u32 = first == 123 ? 125 : 93
  const areRows = isBase || (isRow && isDeep)
  const ownPath = pathLength
  let index: u32 = 0
  enter_members()
  while (peek() != close) {
    if (close == 125) {
      nextId++
      const key = place()
      skip_key()
      if (areRows) {
        store<u8>(path + ownPath, 46)
        pathLength = unescape(path + ownPath + 1, key + 1, key_end() - 1) - path
      }
    } else if (areRows) {
      store<u8>(path + ownPath, 91)
      const end = write_padded(path + ownPath + 1, index++, 1)
      store<u8>(end, 93)
      pathLength = end + 1 - path
    }
    visit(thread, areRows, id, true, ownPath)
    pathLength = ownPath
    next_member()
  }
  enter(place() + 1, documentEnd)
}

/** The path that leads to the base: a key is one in quotes. */
function start_path(thread: u32, given: u32, length: u32, room: u64): void {
  path = <u32>scratch_allocate_wide(thread, room + length + 8)
  const isKey = length == 0 || load<u8>(given) != 36
  if (isKey) {
    store<u16>(path, 0x2e24)
    store<u8>(path, 34, 2)
  }
  const from = path + (isKey ? 3 : 0)
  memory.copy(from, given, length)
  pathLength = from + length - path
  if (isKey) store<u8>(path + pathLength++, 34)
}

/** A list of one column (as above) of the rows of json_each, or of json_tree when `deep`. */
export function json_rows(thread: u32, ptr: u32, len: u32, given: u32, givenLength: u32, wanted: i32, deep: i32): u64 {
  if (!locate(thread, ptr, len, given, givenLength)) return pack(<u32>scratch_allocate_wide(thread, 8), 0)
  base = found_from()
  column = wanted
  isDeep = deep != 0
  documentEnd = ptr + len
  start_path(thread, given, givenLength, written_room(len) + <u64>len * 12)
  let start = ptr
  while (load<u8>(start) <= 32) start++
  list = 0
  for (let round = 0; round < 2; round++) {
    rowCount = 0
    nextId = 0
    enter(start, documentEnd)
    visit(thread, false, 0, false, pathLength)
    if (round == 0) {
      listCount = rowCount
      list = <u32>scratch_allocate_wide(thread, <u64>listCount * 9 + 8)
    }
  }
  return pack(list, listCount)
}
