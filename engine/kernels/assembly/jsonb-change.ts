import { put_string } from './json-text'
import {
  jsonb_count,
  jsonb_is_close,
  jsonb_said,
  jsonb_same,
  jsonb_step_index,
  jsonb_string_end,
  jsonb_value_end,
} from './jsonb'
import { jsonb_normal } from './jsonb-normal'
import { pack, scratch_allocate_wide } from './scratch'

// Changes of JSONB: each writes a document anew, and has it put in normal form where keys were added.

const SET: i32 = 0
/** Sets nothing that is not there. */
const REPLACE: i32 = 1
const INSERT_BEFORE: i32 = 2
const INSERT_AFTER: i32 = 3
const REMOVE: i32 = 4

let steps: u32 = 0
let stepCount: u32 = 0
let mode: i32 = 0
let newValue: u32 = 0
let newLength: u32 = 0

/** The end of what is written next. */
let out: u32 = 0

function put(from: u32, to: u32): void {
  memory.copy(out, from, to - from)
  out += to - from
}

function put_new(): void {
  put(newValue, newValue + newLength)
}

/** A comma before every member but the first; `open` is where the first one begins. */
function separate(open: u32): void {
  if (out == open) return
  store<u16>(out, 0x202c)
  out += 2
}

/** Writes the value at `at` with what the path's steps from `level` on lead to changed. */
function put_changed(thread: u32, at: u32, end: u32, level: u32): void {
  const first = load<u8>(at)
  const isStep = level < stepCount && load<u8>(steps + 8 * stepCount + level) != 0
  if (!isStep || (first != 123 && first != 91)) {
    put(at, jsonb_value_end(at, end))
  } else if (first == 123) {
    change_object(thread, at, end, level)
  } else {
    change_list(thread, at, end, level)
  }
}

function change_object(thread: u32, at: u32, end: u32, level: u32): void {
  const step = load<u32>(steps + 8 * level)
  const length = load<u32>(steps + 8 * level, 4)
  const isLast = level + 1 == stepCount
  store<u8>(out++, 123)
  const open = out
  let isFound = false
  at++
  while (!jsonb_is_close(at)) {
    const keyEnd = jsonb_string_end(at)
    const key = jsonb_said(thread, at, keyEnd)
    const value = keyEnd + 2
    const to = jsonb_value_end(value, end)
    const isIt = jsonb_same(<u32>key, <u32>(key >> 32), step, length)
    if (isIt) isFound = true
    if (!isIt || !isLast || mode != REMOVE) {
      separate(open)
      put(at, value)
      if (!isIt) put(value, to)
      else if (!isLast) put_changed(thread, value, end, level + 1)
      else if (mode == SET || mode == REPLACE) put_new()
      else put(value, to)
    }
    at = load<u8>(to) == 44 ? to + 2 : to
  }
  if (!isFound && isLast && mode != REPLACE && mode != REMOVE) {
    separate(open)
    out = put_string(out, step, length)
    store<u16>(out, 0x203a)
    out += 2
    put_new()
  }
  store<u8>(out++, 125)
}

function change_list(thread: u32, at: u32, end: u32, level: u32): void {
  const count = jsonb_count(at, end)
  let wanted = jsonb_step_index(load<u32>(steps + 8 * level), load<u32>(steps + 8 * level, 4))
  const isLast = level + 1 == stepCount
  const isIndex = wanted != i64.MIN_VALUE
  if (wanted < 0) wanted += count
  const adds = isIndex && isLast && mode != REPLACE && mode != REMOVE
  store<u8>(out++, 91)
  const open = out
  if (adds && wanted < 0) put_new()
  at++
  for (let index: i64 = 0; !jsonb_is_close(at); index++) {
    const to = jsonb_value_end(at, end)
    const isIt = isIndex && index == wanted
    if (isIt && isLast) {
      if (mode != REMOVE) separate(open)
      if (mode == INSERT_AFTER) {
        put(at, to)
        separate(open)
      }
      if (mode != REMOVE) put_new()
      if (mode == INSERT_BEFORE) {
        separate(open)
        put(at, to)
      }
    } else {
      separate(open)
      if (isIt) put_changed(thread, at, end, level + 1)
      else put(at, to)
    }
    at = load<u8>(to) == 44 ? to + 2 : to
  }
  if (adds && wanted >= count) {
    separate(open)
    put_new()
  }
  store<u8>(out++, 93)
}

function changed(thread: u32, ptr: u32, len: u32, path: u32, count: u32, value: u32, valueLen: u32, how: i32): u64 {
  steps = path
  stepCount = count
  newValue = value
  newLength = valueLen
  mode = how
  let size = <u64>len + valueLen + 16
  for (let i: u32 = 0; i < count; i++) size += 6 * <u64>load<u32>(path + 8 * i, 4) + 2
  const target = scratch_allocate_wide(thread, size)
  out = target
  put_changed(thread, ptr, ptr + len, 0)
  return jsonb_normal(thread, target, out - target)
}

export function jsonb_set(thread: u32, ptr: u32, len: u32, path: u32, count: u32, value: u32, valueLen: u32, create: i32): u64 {
  return changed(thread, ptr, len, path, count, value, valueLen, create ? SET : REPLACE)
}

export function jsonb_insert(thread: u32, ptr: u32, len: u32, path: u32, count: u32, value: u32, valueLen: u32, after: i32): u64 {
  return changed(thread, ptr, len, path, count, value, valueLen, after ? INSERT_AFTER : INSERT_BEFORE)
}

export function jsonb_remove_path(thread: u32, ptr: u32, len: u32, path: u32, count: u32): u64 {
  return changed(thread, ptr, len, path, count, 0, 0, REMOVE)
}

/** Without an item of a list, from 0 on, or below 0 from the end. */
export function jsonb_remove_item(thread: u32, ptr: u32, len: u32, wanted: i64): u64 {
  const end = ptr + len
  if (load<u8>(ptr) != 91) return pack(ptr, len)
  if (wanted < 0) wanted += jsonb_count(ptr, end)
  const target = scratch_allocate_wide(thread, len)
  out = target
  store<u8>(out++, 91)
  const open = out
  let at = ptr + 1
  for (let index: i64 = 0; !jsonb_is_close(at); index++) {
    const to = jsonb_value_end(at, end)
    if (index != wanted) {
      separate(open)
      put(at, to)
    }
    at = load<u8>(to) == 44 ? to + 2 : to
  }
  store<u8>(out++, 93)
  return pack(target, out - target)
}

function is_among(ptr: u32, len: u32, texts: u32, count: u32): bool {
  for (let i: u32 = 0; i < count; i++) {
    if (!load<u8>(texts + 8 * count + i)) continue
    if (jsonb_same(ptr, len, load<u32>(texts + 8 * i), load<u32>(texts + 8 * i, 4))) return true
  }
  return false
}

/** Without the members of these keys, or the items that are these strings. */
export function jsonb_remove_texts(thread: u32, ptr: u32, len: u32, texts: u32, count: u32): u64 {
  const end = ptr + len
  const isObject = load<u8>(ptr) == 123
  if (!isObject && load<u8>(ptr) != 91) return pack(ptr, len)
  const target = scratch_allocate_wide(thread, len)
  out = target
  store<u8>(out++, load<u8>(ptr))
  const open = out
  let at = ptr + 1
  while (!jsonb_is_close(at)) {
    const value = isObject ? jsonb_string_end(at) + 2 : at
    const to = jsonb_value_end(value, end)
    let isGone = false
    if (load<u8>(at) == 34) {
      const said = jsonb_said(thread, at, jsonb_string_end(at))
      isGone = is_among(<u32>said, <u32>(said >> 32), texts, count)
    }
    if (!isGone) {
      separate(open)
      put(at, to)
    }
    at = load<u8>(to) == 44 ? to + 2 : to
  }
  store<u8>(out++, isObject ? 125 : 93)
  return pack(target, out - target)
}

/** The members of both objects, or the items of both lists; a plain value counts as a list of it. */
export function jsonb_concat(thread: u32, a: u32, aLen: u32, b: u32, bLen: u32): u64 {
  const areObjects = load<u8>(a) == 123 && load<u8>(b) == 123
  const target = scratch_allocate_wide(thread, <u64>aLen + bLen + 8)
  out = target
  store<u8>(out++, areObjects ? 123 : 91)
  const open = out
  put_inside(a, aLen, areObjects)
  if (out != open && !(bLen == 2 && (areObjects || load<u8>(b) == 91))) separate(open)
  put_inside(b, bLen, areObjects)
  store<u8>(out++, areObjects ? 125 : 93)
  return areObjects ? jsonb_normal(thread, target, out - target) : pack(target, out - target)
}

function put_inside(ptr: u32, len: u32, isObject: bool): void {
  if (isObject || load<u8>(ptr) == 91) put(ptr + 1, ptr + len - 1)
  else put(ptr, ptr + len)
}

function put_stripped(at: u32, end: u32): void {
  const first = load<u8>(at)
  if (first != 123 && first != 91) {
    put(at, jsonb_value_end(at, end))
    return
  }
  store<u8>(out++, first)
  const open = out
  at++
  while (!jsonb_is_close(at)) {
    const value = first == 123 ? jsonb_string_end(at) + 2 : at
    const to = jsonb_value_end(value, end)
    if (first == 91 || load<u8>(value) != 110) {
      separate(open)
      put(at, value)
      put_stripped(value, end)
    }
    at = load<u8>(to) == 44 ? to + 2 : to
  }
  store<u8>(out++, first + 2)
}

/** Without the members that are null, at any depth. */
export function jsonb_strip_nulls(thread: u32, ptr: u32, len: u32): u64 {
  const target = scratch_allocate_wide(thread, len)
  out = target
  put_stripped(ptr, ptr + len)
  return pack(target, out - target)
}

function new_line(depth: u32): void {
  store<u8>(out++, 10)
  memory.fill(out, 32, 4 * depth)
  out += 4 * depth
}

function put_pretty(at: u32, end: u32, depth: u32): void {
  const first = load<u8>(at)
  const isOpen = first == 123 || first == 91
  if (!isOpen) {
    put(at, jsonb_value_end(at, end))
    return
  }
  store<u8>(out++, first)
  at++
  let isFirst = true
  while (!jsonb_is_close(at)) {
    if (!isFirst) store<u8>(out++, 44)
    isFirst = false
    new_line(depth + 1)
    const value = first == 123 ? jsonb_string_end(at) + 2 : at
    const to = jsonb_value_end(value, end)
    put(at, value)
    put_pretty(value, end, depth + 1)
    at = load<u8>(to) == 44 ? to + 2 : to
  }
  new_line(depth)
  store<u8>(out++, first + 2)
}

/** How deep brackets go at most. */
function deepest(ptr: u32, len: u32): u32 {
  let depth: u32 = 0
  let most: u32 = 0
  for (let i: u32 = 0; i < len; i++) {
    const char = load<u8>(ptr + i)
    if (char == 34) {
      i = jsonb_string_end(ptr + i) - ptr - 1
    } else if (char == 123 || char == 91) {
      most = max(most, ++depth)
    } else if (char == 125 || char == 93) {
      depth--
    }
  }
  return most
}

/** A line for each member, indented by four blanks. */
export function jsonb_pretty(thread: u32, ptr: u32, len: u32): u64 {
  const target = scratch_allocate_wide(thread, (<u64>deepest(ptr, len) * 4 + 4) * len + 64)
  out = target
  put_pretty(ptr, ptr + len, 0)
  return pack(target, out - target)
}
