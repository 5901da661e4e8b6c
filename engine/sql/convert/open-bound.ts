import { spanUnder, type ConvertContext } from './raw.ts'

/** A dash between colons, which reaches the parser as a mark: see `sql/respelling.ts`. */
export function isOpenBound(context: ConvertContext, value: unknown): boolean {
  const span = value === null ? undefined : spanUnder(context, value)
  return span !== undefined && context.source.text.slice(span.start, span.end) === '-'
}
