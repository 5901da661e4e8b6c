/** What the kernels ask of JavaScript: `kernels/host.ts` answers. Pointers and lengths are bytes in the heap. */

/** The number nearest to a text that is known to be one. */
// @ts-ignore: AssemblyScript's decorator
@external("host", "parse_f64")
export declare function host_parse_f64(ptr: u32, len: u32): f64

/** Writes the text in lower (0), upper (1) or title (2) case, at most 3 × len + 16 bytes; its length. */
// @ts-ignore: AssemblyScript's decorator
@external("host", "map_case")
export declare function host_map_case(ptr: u32, len: u32, mapping: i32, target: u32): u32

/** A handle for a compiled regular expression, from 1; 0 when it is not valid. */
// @ts-ignore: AssemblyScript's decorator
@external("host", "regexp_compile")
export declare function host_regexp_compile(pattern: u32, patternLen: u32, options: u32, optionsLen: u32): i32

/** 1 when it matches somewhere; `whole`: all of the text. */
// @ts-ignore: AssemblyScript's decorator
@external("host", "regexp_test")
export declare function host_regexp_test(regexp: i32, ptr: u32, len: u32, whole: i32): i32

// @ts-ignore: AssemblyScript's decorator
@external("host", "regexp_count")
export declare function host_regexp_count(regexp: i32, ptr: u32, len: u32): i32

/** Finds what replaces the text, and keeps it for `take_text`; its length. */
// @ts-ignore: AssemblyScript's decorator
@external("host", "regexp_replace")
export declare function host_regexp_replace(regexp: i32, ptr: u32, len: u32, by: u32, byLen: u32): u32

/** Finds a group of the first match, and keeps it for `take_text`; its length, or -1 when there is none. */
// @ts-ignore: AssemblyScript's decorator
@external("host", "regexp_extract")
export declare function host_regexp_extract(regexp: i32, ptr: u32, len: u32, group: i32): i32

/**
 * Finds a group of every match (`group` 0: all of it), or with -1 the pieces between matches, and keeps them joined for
 * `take_text`; how many. Where each ends is kept for `take_ends`.
 */
// @ts-ignore: AssemblyScript's decorator
@external("host", "regexp_all")
export declare function host_regexp_all(regexp: i32, ptr: u32, len: u32, group: i32): i32

/**
 * Finds the groups of the first match, or of every one, or all of a match without groups, and keeps them as
 * `regexp_all` does; how many. The end of one that has no part in its match has the highest bit.
 */
// @ts-ignore: AssemblyScript's decorator
@external("host", "regexp_groups")
export declare function host_regexp_groups(regexp: i32, ptr: u32, len: u32, all: i32): i32

/** How many texts a match has there. */
// @ts-ignore: AssemblyScript's decorator
@external("host", "regexp_width")
export declare function host_regexp_width(regexp: i32): i32

/** Keeps the text from a character on with its nth match replaced, or all for 0; returns its bytes. */
// @ts-ignore: AssemblyScript's decorator
@external("host", "regexp_replace_from")
export declare function host_regexp_replace_from(regexp: i32, ptr: u32, len: u32, by: u32, byLen: u32, start: i32, nth: i32): u32

/** Writes where each of the kept texts ends, as u32; the last end is the length of them all. */
// @ts-ignore: AssemblyScript's decorator
@external("host", "take_ends")
export declare function host_take_ends(target: u32): void

/** Writes what the last call found. */
// @ts-ignore: AssemblyScript's decorator
@external("host", "take_text")
export declare function host_take_text(target: u32): void

/** Seconds east of UTC in a time zone at an instant (milliseconds since 1970); NaN when there is no such zone. */
// @ts-ignore: AssemblyScript's decorator
@external("host", "zone_offset")
export declare function host_zone_offset(zone: u32, zoneLen: u32, millis: f64): f64

/** Makes a text of others and two numbers, and keeps it for `take_text`; its length, or -1 when that cannot be done. */
// @ts-ignore: AssemblyScript's decorator
@external("host", "map_text")
export declare function host_map_text(op: i32, ptr: u32, len: u32, other: u32, otherLen: u32, a: f64, b: f64): i32

// @ts-ignore: AssemblyScript's decorator
@external("host", "measure_text")
export declare function host_measure_text(op: i32, ptr: u32, len: u32): i32
