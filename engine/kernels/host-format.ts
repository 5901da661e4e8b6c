interface Spec {
  readonly fill: string
  readonly align: '<' | '>' | '^' | '=' | ''
  readonly sign: '+' | ' ' | ''
  readonly alternate: boolean
  readonly width: number
  readonly group: string
  readonly precision: number | null
  readonly type: string
}

/** `[[fill]align][sign][#][0][width][,][.precision][type]`, as in Python and {fmt}; null when it is not of this form. */
function parseSpec(text: string): Spec | null {
  const match = /^(?:(.)?([<>^=]))?([+ -])?(#)?(0)?(\d+)?([,_'])?(?:\.(\d+))?([a-zA-Z%])?$/su.exec(text)
  if (!match) return null
  const [, fill, align, sign, alternate, zero, width, group, precision, type] = match
  return {
    fill: fill ?? (zero && !align ? '0' : ' '),
    align: (align ?? (zero ? '=' : '')) as Spec['align'],
    sign: sign === '+' || sign === ' ' ? sign : '',
    alternate: alternate !== undefined,
    width: Number(width ?? 0),
    group: group ?? '',
    precision: precision === undefined ? null : Number(precision),
    type: type ?? '',
  }
}

/**
 * A value by a format: `kind` and then the specification, where kind is i for whole numbers, f for fractions, s for any
 * other text. The value is in its usual text form. Null when the format does not fit.
 */
export function formatValue(value: string, format: string): string | null {
  const spec = parseSpec(format.slice(1))
  if (!spec) return null
  switch (format[0]) {
    case 'i':
      return formatInteger(value, spec)
    case 'f':
      return formatFraction(value, spec)
    default: {
      if (spec.type !== '' && spec.type !== 's') return null
      const characters = Array.from(value)
      return pad(
        spec.precision === null ? value : characters.slice(0, spec.precision).join(''),
        '',
        spec,
        '<',
      )
    }
  }
}

function formatInteger(value: string, spec: Spec): string | null {
  const number = BigInt(value)
  const magnitude = number < 0n ? -number : number
  const sign = number < 0n ? '-' : spec.sign
  switch (spec.type) {
    case '':
    case 'd':
    case 'i':
    case 'u':
      return pad(grouped(magnitude.toString(), spec.group), sign, spec, '>')
    case 'x':
      return pad(magnitude.toString(16), sign + (spec.alternate ? '0x' : ''), spec, '>')
    case 'X':
      return pad(magnitude.toString(16).toUpperCase(), sign + (spec.alternate ? '0X' : ''), spec, '>')
    case 'o':
      return pad(magnitude.toString(8), sign + (spec.alternate ? '0' : ''), spec, '>')
    case 'b':
    case 'B':
      return pad(magnitude.toString(2), sign + (spec.alternate ? `0${spec.type}` : ''), spec, '>')
    case 'c':
      return pad(String.fromCodePoint(Number(magnitude)), '', spec, '<')
    case 's':
      return null
    default:
      return formatFraction(value, spec)
  }
}

/** The most decimals that `toFixed` gives: enough to see where a number lies in the middle of two. */
const MOST_DIGITS = 100

function formatFraction(value: string, spec: Spec): string | null {
  const number = Number(value.replace(/^(-?)inf(inity)?$/i, '$1Infinity'))
  const sign = number < 0 || Object.is(number, -0) ? '-' : spec.sign
  if (!Number.isFinite(number)) {
    const text = Number.isNaN(number) ? 'nan' : 'inf'
    return pad(/[A-Z]/.test(spec.type) ? text.toUpperCase() : text, sign, { ...spec, fill: ' ' }, '>')
  }
  const magnitude = Math.abs(number)
  const digits = digitsOf(magnitude, value.replace('-', ''), spec)
  return digits === null ? null : pad(digits, sign, spec, '>')
}

function digitsOf(magnitude: number, text: string, spec: Spec): string | null {
  const precision = Math.min(spec.precision ?? 6, 100)
  switch (spec.type) {
    case '':
      return spec.precision === null ? groupedFraction(text, spec.group) : general(magnitude, precision, spec)
    case 'f':
    case 'F':
      return groupedFraction(fixed(magnitude, precision), spec.group)
    case 'e':
    case 'E': {
      const shown = exponential(magnitude, precision)
      return spec.type === 'E' ? shown.toUpperCase() : shown
    }
    case 'g':
    case 'G': {
      const shown = general(magnitude, precision, spec)
      return spec.type === 'G' ? shown.toUpperCase() : shown
    }
    case '%':
      return `${fixed(magnitude * 100, precision)}%`
    default:
      return null
  }
}

/** `toFixed` turns to exponents at 1e21; whole numbers of that size have all their digits. */
function fixed(value: number, precision: number): string {
  if (value < 1e21) {
    const digits = value.toFixed(precision)
    if (!mayBeMiddle(value * 10 ** precision)) return digits
    return toEven(digits, precision, value.toFixed(MOST_DIGITS)).replace(/\.$/, '')
  }
  const whole = BigInt(value).toString()
  return precision === 0 ? whole : `${whole}.${'0'.repeat(precision)}`
}

function exponential(value: number, precision: number): string {
  const [digits, exponent] = value.toExponential(precision).split('e') as [string, string]
  if (!mayBeMiddle(value * 10 ** (precision - Number(exponent))))
    return `${digits}e${exponent.replace(/^([+-])(\d)$/, '$10$2')}`
  const [all, lower] = value.toExponential(MOST_DIGITS).split('e') as [string, string]
  const even = toEven(digits, precision, all)
  const shown = even === digits ? exponent : lower
  return `${even.replace(/\.$/, '')}e${shown.replace(/^([+-])(\d)$/, '$10$2')}`
}

/** Whether a number is in the middle between two whole ones, as far as a scaled float can tell: where it is, or nearly. */
function mayBeMiddle(scaled: number): boolean {
  if (!(scaled < 2 ** 40)) return true
  const rest = Math.abs((scaled % 1) - 0.5)
  return rest < 1e-3
}

/** Digits that were rounded up from the middle between two numbers: those of the even one. `all` has MOST_DIGITS decimals. */
function toEven(digits: string, precision: number, all: string): string {
  const end = all.length - MOST_DIGITS + precision
  const isMiddle = /^50*$/.test(all.slice(end))
  return isMiddle && /[13579]$/.test(digits) ? all.slice(0, end) : digits
}

/** The shorter of fixed and exponential form with so many significant digits. */
function general(value: number, precision: number, spec: Spec): string {
  const significant = Math.max(precision, 1)
  const exponent = value === 0 ? 0 : Number(value.toExponential(significant - 1).split('e')[1])
  const inFixed = exponent >= -4 && exponent < significant
  const shown = inFixed ? fixed(value, significant - 1 - exponent) : exponential(value, significant - 1)
  if (spec.alternate || !shown.includes('.')) return groupedFraction(shown, spec.group)
  return groupedFraction(shown.replace(/\.?0+(?=e|$)/, ''), spec.group)
}

function grouped(digits: string, separator: string): string {
  return separator === '' ? digits : digits.replace(/\B(?=(\d{3})+(?!\d))/g, separator)
}

function groupedFraction(text: string, separator: string): string {
  const [whole, ...rest] = text.split('.')
  return [grouped(whole!, separator), ...rest].join('.')
}

function pad(text: string, prefix: string, spec: Spec, usual: '<' | '>'): string {
  const missing = spec.width - Array.from(text).length - prefix.length
  if (missing <= 0) return prefix + text
  const align = spec.align === '' ? usual : spec.align
  switch (align) {
    case '<':
      return prefix + text + spec.fill.repeat(missing)
    case '>':
      return spec.fill.repeat(missing) + prefix + text
    case '=':
      return prefix + spec.fill.repeat(missing) + text
    case '^': {
      const before = Math.floor(missing / 2)
      return spec.fill.repeat(before) + prefix + text + spec.fill.repeat(missing - before)
    }
    default:
      return prefix + text
  }
}
