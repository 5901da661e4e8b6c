import { formatValue } from './host-format.ts'

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

function graphemes(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

/** Positions from 1, those below 0 from the end; 0 stands before the first one. */
function slice(items: readonly string[], start: number, count: number): string {
  const from = start < 0 ? items.length + start : start - 1
  const [low, high] = count < 0 ? [from + count, from] : [from, from + count]
  return items.slice(Math.max(0, low), Math.max(0, high)).join('')
}

/** What `kernels/assembly/host-text.ts` asks for, by number; null: not valid. */
export function mapText(op: number, text: string, other: string, a: number, b: number): string | null {
  switch (op) {
    case 0:
      return text.normalize('NFC')
    case 1:
      return text.normalize('NFD').replace(/\p{M}/gu, '')
    case 2:
      return slice(graphemes(text), a, b)
    case 3: {
      const all = graphemes(text)
      return all.slice(0, a < 0 ? Math.max(0, all.length + a) : a).join('')
    }
    case 4: {
      const all = graphemes(text)
      return all.slice(a < 0 ? Math.min(all.length, -a) : Math.max(0, all.length - a)).join('')
    }
    case 5:
      return formatValue(text, other)
    default:
      return null
  }
}

/** As `mapText`, for what gives a number. */
export function measureText(op: number, text: string): number {
  return op === 0 ? graphemes(text).length : 0
}
