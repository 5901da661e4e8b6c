import type { LiteralValue } from '../plan/plan.ts'
import { addInterval, civilFromDays, daysFromCivil, MICROS_PER_DAY } from '../plan/temporal-text.ts'
import { compare, integer, list, text, type Implementation, type Value } from './reference-value.ts'

const UNIT_MICROS: Readonly<Record<string, bigint>> = {
  weeks: 7n * MICROS_PER_DAY,
  days: MICROS_PER_DAY,
  hours: 3_600_000_000n,
  minutes: 60_000_000n,
  seconds: 1_000_000n,
  milliseconds: 1000n,
  microseconds: 1n,
}

const OFFSETS: Readonly<Record<string, { months?: number; days?: number; micros?: bigint }>> = {
  y: { months: 12 },
  q: { months: 3 },
  mo: { months: 1 },
  w: { days: 7 },
  d: { days: 1 },
  h: { micros: 3_600_000_000n },
  m: { micros: 60_000_000n },
  s: { micros: 1_000_000n },
  ms: { micros: 1000n },
  us: { micros: 1n },
}

function offset(length: string): { months: number; days: number; micros: bigint } {
  const sign = length.startsWith('-') ? -1 : 1
  const total = { months: 0, days: 0, micros: 0n }
  for (const [, count, unit] of length.matchAll(/(\d+)(mo|ms|us|[yqwdhms])/g)) {
    const one = OFFSETS[unit!]!
    total.months += sign * Number(count) * (one.months ?? 0)
    total.days += sign * Number(count) * (one.days ?? 0)
    total.micros += BigInt(sign) * BigInt(count!) * (one.micros ?? 0n)
  }
  return total
}

function floorTo(value: bigint, step: bigint, origin: bigint): bigint {
  const rest = (((value - origin) % step) + step) % step
  return value - rest
}

function truncate([point, length]: readonly Value[]): Value {
  const { months, days, micros } = offset(text(length))
  const value = integer(point)
  if (months > 0) {
    const { year, month } = civilFromDays(Number(floorTo(value, MICROS_PER_DAY, 0n) / MICROS_PER_DAY))
    const at = year * 12 + month - 1
    const start = at - (((at % months) + months) % months)
    return BigInt(daysFromCivil(Math.floor(start / 12), (((start % 12) + 12) % 12) + 1, 1)) * MICROS_PER_DAY
  }
  const isWeeks = days > 0 && days % 7 === 0 && micros === 0n
  return floorTo(value, BigInt(days) * MICROS_PER_DAY + micros, isWeeks ? 4n * MICROS_PER_DAY : 0n)
}

function slice(all: readonly string[], start: bigint, length: bigint | null): string {
  const from = Number(start) < 0 ? Math.max(0, all.length + Number(start)) : Number(start)
  const to =
    length === null
      ? all.length
      : Number(start) < 0 && -Number(start) > all.length
        ? all.length + Number(start) + Number(length)
        : from + Number(length)
  return all.slice(from, Math.max(from, to)).join('')
}

function items(value: Value | undefined): readonly Value[] {
  return list(value).filter((item) => item !== null)
}

function sortItems([value, direction, nulls]: readonly Value[]): Value {
  const sorted = items(value).toSorted(compare)
  if (direction === 'DESC') sorted.reverse()
  const missing = list(value).filter((item) => item === null)
  return nulls === 'NULLS LAST' ? [...sorted, ...missing] : [...missing, ...sorted]
}

function total(value: Value | undefined): Value {
  const all = items(value)
  if (all.every((item) => typeof item === 'bigint')) return all.reduce((sum, item) => sum + item, 0n)
  return all.reduce<number>((sum, item) => sum + Number(item), 0)
}

function best(value: Value | undefined, sign: number): Value {
  return items(value).reduce<Value>(
    (kept, item) => (kept === null || compare(item, kept) * sign > 0 ? item : kept),
    null,
  )
}

function placeOf(value: Value | undefined, sign: number): Value {
  const place = list(value).indexOf(best(value, sign))
  return place < 0 ? null : BigInt(place)
}

/** Scalar functions that only Polars cells use; NULL in is NULL out. */
export const polarsFunctions: Readonly<Record<string, Implementation>> = {
  ...Object.fromEntries(
    Object.entries(UNIT_MICROS).map(([unit, micros]): [string, Implementation] => [
      `duration_${unit}`,
      ([count]) => integer(count) * micros,
    ]),
  ),
  dt_truncate: truncate,
  dt_offset_by: ([point, length]) => addInterval(integer(point), offset(text(length)), 1),
  str_slice: ([value, start, length]) => slice(Array.from(text(value)), integer(start), integer(length)),
  str_slice_from: ([value, start]) => slice(Array.from(text(value)), integer(start), null),
  strip_whitespace: ([value]) => text(value).trim(),
  strip_prefix: ([value, prefix]) =>
    text(value).startsWith(text(prefix)) ? text(value).slice(text(prefix).length) : value!,
  strip_suffix: ([value, suffix]) =>
    suffix !== '' && text(value).endsWith(text(suffix)) ? text(value).slice(0, -text(suffix).length) : value!,
  str_zfill: ([value, length]) => {
    const [, sign = '', digits = ''] = /^([+-]?)(.*)$/s.exec(text(value)) ?? []
    return sign + digits.padStart(Number(length) - sign.length, '0')
  },
  replace_first: ([value, from, to]) => text(value).replace(text(from), () => text(to)),
  count_matches: ([value, part]) => BigInt(text(value).split(text(part)).length - 1),
  str_extract: ([value, pattern, group]) =>
    new RegExp(text(pattern), 'u').exec(text(value))?.[Number(group)] ?? null,
  sinh: ([value]) => Math.sinh(Number(value)),
  cosh: ([value]) => Math.cosh(Number(value)),
  tanh: ([value]) => Math.tanh(Number(value)),
  asin: ([value]) => Math.asin(Number(value)),
  acos: ([value]) => Math.acos(Number(value)),
  atan: ([value]) => Math.atan(Number(value)),
  log1p: ([value]) => Math.log1p(Number(value)),
  expm1: ([value]) => Math.expm1(Number(value)),
  degrees: ([value]) => (Number(value) * 180) / Math.PI,
  radians: ([value]) => (Number(value) * Math.PI) / 180,
  is_finite: ([value]) => Number.isFinite(value),
  is_infinite: ([value]) => Math.abs(Number(value)) === Infinity,
  list_sum: ([value]) => total(value),
  list_avg: ([value]) => (items(value).length === 0 ? null : Number(total(value)) / items(value).length),
  list_min: ([value]) => best(value, -1),
  list_max: ([value]) => best(value, 1),
  list_arg_min: ([value]) => placeOf(value, -1),
  list_arg_max: ([value]) => placeOf(value, 1),
  list_reverse: ([value]) => list(value).toReversed(),
  list_sort: sortItems,
  list_slice_by_offset: ([value, start, length]) => {
    const all = list(value)
    const from = Number(start) < 0 ? Math.max(0, all.length + Number(start)) : Number(start)
    return all.slice(from, length === undefined ? undefined : from + Number(length))
  },
  list_concat: (lists) => lists.flatMap((one) => list(one)),
  array_to_string: ([value, separator]) =>
    items(value)
      .map((item) => String(item as LiteralValue))
      .join(text(separator)),
}
