import { LakebookError } from '../errors.ts'
import {
  compileRegexp,
  everyMatch,
  expandReplacement,
  groupCount,
  groupsOf,
  replaceFrom,
} from './host-regexp.ts'
import { likeRegExp } from './linear-regexp.ts'
import { mapText, measureText } from './host-text.ts'
import { zoneOffsetSeconds } from './host-zone.ts'

/** JavaScript that the kernels call: `assembly/host.ts` says what each function promises. Numbers are heap addresses. */
export type KernelHost = Readonly<Record<string, (...args: number[]) => number | undefined>>

/**
 * Host functions over one memory. They keep what a kernel fetches with a second call (`take_text`), so every thread
 * makes its own.
 */
export function createHost(memory: WebAssembly.Memory): KernelHost {
  const decoder = new TextDecoder()
  const encoder = new TextEncoder()
  // index 0 means: not valid
  const regexps: (RegExp | null)[] = [null]
  const handles = new Map<string, number>()
  let kept: Uint8Array = new Uint8Array(0)
  let ends: Uint32Array = new Uint32Array(0)

  /** A copy: decoders do not read shared memory. */
  function read(pointer: number, length: number): string {
    return decoder.decode(new Uint8Array(memory.buffer, pointer >>> 0, length).slice())
  }

  function write(target: number, bytes: Uint8Array): number {
    new Uint8Array(memory.buffer, target >>> 0, bytes.length).set(bytes)
    return bytes.length
  }

  function keep(text: string): number {
    kept = encoder.encode(text)
    return kept.length
  }

  /** Keeps a text that may be longer than JavaScript can hold; -1 for none. */
  function keepMade(make: () => string | null): number {
    try {
      const text = make()
      return text === null ? -1 : keep(text)
    } catch (error) {
      if (error instanceof RangeError)
        throw new LakebookError('out_of_memory', 'A text becomes longer than the heap', { cause: error })
      throw error
    }
  }

  function regexp(handle: number): RegExp {
    const found = regexps[handle]!
    found.lastIndex = 0
    return found
  }

  return {
    parse_f64: (pointer, length) => Number(read(pointer, length).replaceAll('_', '')),
    map_case: (pointer, length, mapping, target) =>
      write(target, encoder.encode(mapCase(read(pointer, length), mapping))),
    regexp_compile(pattern, patternLength, options, optionsLength) {
      const source = read(pattern, patternLength)
      const letters = read(options, optionsLength)
      const key = `${letters}/${source}`
      const known = handles.get(key)
      if (known !== undefined) return known
      const compiled = compileRegexp(source, letters)
      const handle = compiled === null ? 0 : regexps.push(compiled) - 1
      handles.set(key, handle)
      return handle
    },
    regexp_test(handle, pointer, length, whole) {
      const text = read(pointer, length)
      if (whole === 0) return regexp(handle).test(text) ? 1 : 0
      const found = regexps[handle]!
      const all = likeRegExp(found, found.flags.replace('m', ''), `^(?:${found.source})$`)
      return all.test(text) ? 1 : 0
    },
    regexp_count(handle, pointer, length) {
      return Array.from(read(pointer, length).matchAll(everyMatch(regexp(handle)))).length
    },
    regexp_replace(handle, pointer, length, by, byLength) {
      const template = read(by, byLength)
      return keepMade(() =>
        read(pointer, length).replace(regexp(handle), (...match) => expandReplacement(template, match)),
      )
    },
    regexp_extract(handle, pointer, length, group) {
      const found = regexp(handle)
      const match = likeRegExp(found, found.flags.replace('g', '')).exec(read(pointer, length))
      const text = match?.[group]
      if (text !== undefined) return keep(text)
      return match !== null && group < match.length ? keep('') : -1
    },
    regexp_all(handle, pointer, length, group) {
      const found = findAll(read(pointer, length), everyMatch(regexp(handle)), group)
      const pieces = found.map((piece) => encoder.encode(piece).length)
      let end = 0
      ends = Uint32Array.from(pieces, (bytes) => (end += bytes))
      keep(found.join(''))
      return found.length
    },
    regexp_groups(handle, pointer, length, all) {
      const matches = Array.from(read(pointer, length).matchAll(everyMatch(regexp(handle))))
      const texts = (all === 1 ? matches : matches.slice(0, 1)).flatMap(groupsOf)
      let end = 0
      ends = Uint32Array.from(texts, (text) =>
        text === undefined ? (end | 0x8000_0000) >>> 0 : (end += encoder.encode(text).length),
      )
      keep(texts.join(''))
      return texts.length
    },
    regexp_width: (handle) => groupCount(regexp(handle)),
    regexp_replace_from: (handle, pointer, length, by, byLength, start, nth) =>
      keepMade(() => replaceFrom(read(pointer, length), regexp(handle), read(by, byLength), start, nth)),
    take_ends(target) {
      new Uint32Array(memory.buffer, target >>> 0, ends.length).set(ends)
      return undefined
    },
    take_text(target) {
      write(target, kept)
      return undefined
    },
    map_text(op, pointer, length, other, otherLength, a, b) {
      return keepMade(() => mapText(op, read(pointer, length), read(other, otherLength), a, b))
    },
    measure_text: (op, pointer, length) => measureText(op, read(pointer, length)),
    zone_offset: (pointer, length, millis) => zoneOffsetSeconds(read(pointer, length), millis),
  }
}

const PIECES = -1
const WIDE_PIECES = -2

/** Every match, or a group of each; or the pieces between them, for the groups `PIECES` and `WIDE_PIECES`. */
function findAll(text: string, regexp: RegExp, group: number): string[] {
  if (group === PIECES) return split(text, regexp)
  const matches = Array.from(text.matchAll(regexp))
  return group === WIDE_PIECES ? splitAtText(text, matches) : matches.map((match) => match[group] ?? '')
}

/**
 * As DuckDB splits: what is left is searched anew after each match, as a text of its own, and a match of nothing at its
 * beginning comes after its first character.
 */
function split(text: string, regexp: RegExp): string[] {
  const pieces: string[] = []
  let rest = text
  while (rest.length > 0) {
    regexp.lastIndex = 0
    const match = regexp.exec(rest)
    if (match === null) break
    const length = match[0].length
    const at = length === 0 && match.index === 0 ? firstCharacter(rest) : match.index
    if (length === 0 && match.index === 0 && at === rest.length) break
    pieces.push(rest.slice(0, at))
    rest = rest.slice(at + length)
  }
  return [...pieces, rest]
}

function firstCharacter(text: string): number {
  return (text.codePointAt(0) ?? 0) > 0xffff ? 2 : 1
}

/** As PostgreSQL splits: matches of nothing do not count at the ends and after another match. */
function splitAtText(text: string, matches: readonly RegExpExecArray[]): string[] {
  const pieces: string[] = []
  let from = 0
  for (const match of matches) {
    const { index } = match
    const length = match[0].length
    if (length === 0 && (index === 0 || index === text.length || index === from)) continue
    pieces.push(text.slice(from, index))
    from = index + length
  }
  return [...pieces, text.slice(from)]
}

function mapCase(text: string, mapping: number): string {
  switch (mapping) {
    case 0:
      return text.toLowerCase()
    case 1:
      return text.toUpperCase()
    default:
      return text
        .toLowerCase()
        .replace(/[\p{L}\p{N}]+/gu, (word) => word.replace(/^./u, (first) => first.toUpperCase()))
  }
}
