import { integer, text, type Implementation, type Value } from './reference-value.ts'

/** Text as code points, which is how SQL counts characters. */
export function points(value: Value): string[] {
  return Array.from(text(value))
}

function likePattern(pattern: string, escape: string | undefined, flags: string): RegExp {
  let source = ''
  const all = Array.from(pattern)
  for (let i = 0; i < all.length; i += 1) {
    const each = all[i]!
    if (each === escape && i + 1 < all.length) {
      i += 1
      source += quoted(all[i]!)
    } else source += each === '%' ? '.*' : each === '_' ? '.' : quoted(each)
  }
  return new RegExp(`^${source}$`, flags)
}

function quoted(each: string): string {
  return each.replaceAll(/[\\^$.*+?()[\]{}|/-]/gu, String.raw`\$&`)
}

function like(flags: string): Implementation {
  return ([value, pattern, escape]) =>
    likePattern(text(pattern), escape === undefined ? undefined : text(escape), flags).test(text(value))
}

function substring([value, start, length]: readonly Value[]): Value {
  const all = points(value!)
  let from = Number(integer(start))
  if (from < 0) from = Math.max(all.length + from + 1, from === 0 ? 0 : all.length + from + 1)
  if (length === undefined) return all.slice(Math.max(0, from - 1)).join('')
  const count = Number(integer(length))
  const [low, high] = count >= 0 ? [from, from + count] : [from + count, from]
  return all.slice(Math.max(0, low - 1), Math.max(0, high - 1)).join('')
}

function trimmer(left: boolean, right: boolean): Implementation {
  return ([value, characters]) => {
    const set = new Set(characters === undefined ? [' '] : points(characters))
    const all = points(value!)
    let [from, to] = [0, all.length]
    while (left && from < to && set.has(all[from]!)) from += 1
    while (right && to > from && set.has(all[to - 1]!)) to -= 1
    return all.slice(from, to).join('')
  }
}

function regexp(pattern: Value, flags: Value | undefined): RegExp {
  return new RegExp(text(pattern), `u${flags === undefined ? '' : text(flags).replace('g', '')}`)
}

function replacement(value: string): string {
  return value
    .replaceAll('$', '$$$$')
    .replaceAll(/\\(\d|\\)/g, (_, one: string) => (one === '\\' ? '\\' : `$${one === '0' ? '&' : one}`))
}

function pad(all: string[], width: number, fill: string[], left: boolean): string {
  if (all.length >= width) return all.slice(0, Math.max(0, width)).join('')
  const missing = Array.from({ length: width - all.length }, (_, index) => fill[index % fill.length] ?? '')
  return (left ? [...missing, ...all] : [...all, ...missing]).join('')
}

/** Functions of texts; NULL in is NULL out. */
export const textFunctions: Readonly<Record<string, Implementation>> = {
  like: like('us'),
  ilike: like('ius'),
  regexp_matches: ([value, pattern, flags]) => regexp(pattern!, flags).test(text(value)),
  regexp_full_match: ([value, pattern]) => new RegExp(`^(?:${text(pattern)})$`, 'u').test(text(value)),
  upper: ([a]) => text(a).toUpperCase(),
  lower: ([a]) => text(a).toLowerCase(),
  substring,
  left: ([a, n]) =>
    points(a!)
      .slice(0, Number(integer(n)))
      .join(''),
  right: ([a, n]) =>
    points(a!)
      .slice(integer(n) < 0n ? -Number(integer(n)) : Math.max(0, points(a!).length - Number(integer(n))))
      .join(''),
  trim: trimmer(true, true),
  ltrim: trimmer(true, false),
  rtrim: trimmer(false, true),
  replace: ([a, from, to]) => (from === '' ? a! : text(a).replaceAll(text(from), () => text(to))),
  reverse: ([a]) => points(a!).toReversed().join(''),
  repeat: ([a, n]) => text(a).repeat(Math.max(0, Number(integer(n)))),
  strpos: ([a, b]) =>
    BigInt(
      points(text(a).slice(0, Math.max(0, text(a).indexOf(text(b))))).length +
        (text(a).includes(text(b)) ? 1 : 0),
    ),
  contains: ([a, b]) => text(a).includes(text(b)),
  starts_with: ([a, b]) => text(a).startsWith(text(b)),
  ends_with: ([a, b]) => text(a).endsWith(text(b)),
  lpad: ([a, n, fill]) => pad(points(a!), Number(integer(n)), points(fill!), true),
  rpad: ([a, n, fill]) => pad(points(a!), Number(integer(n)), points(fill!), false),
  split_part: ([a, separator, n]) =>
    text(a)
      .split(text(separator))
      .slice(integer(n) > 0n ? Number(integer(n)) - 1 : Number(integer(n)))[0] ?? '',
  octet_length: ([value]) => BigInt(Buffer.byteLength(text(value))),
  regexp_replace: ([value, pattern, to, flags]) =>
    text(value).replace(
      new RegExp(text(pattern), `u${flags === undefined ? '' : text(flags)}`),
      replacement(text(to)),
    ),
  regexp_count: ([value, pattern]) =>
    BigInt([...text(value).matchAll(new RegExp(text(pattern), 'gu'))].length),
  string_split: ([value, by]) => text(value).split(text(by)),
  hex: ([value]) => Buffer.from(text(value)).toString('hex').toUpperCase(),
  initcap: ([value]) =>
    text(value)
      .toLowerCase()
      .replaceAll(
        /(^|[^\p{L}\p{N}])(\p{L})/gu,
        (_, before: string, letter: string) => before + letter.toUpperCase(),
      ),
}
