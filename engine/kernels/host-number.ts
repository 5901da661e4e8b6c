/** Shortest text that reads back as the same double, spelled as DuckDB does: `1.0`, `1e+16`, `1e-05`, `inf`, `nan`. */
export function formatDouble(value: number): string {
  return spell(value, value.toExponential())
}

/** The same for a value that is a float32. */
export function formatFloat(value: number): string {
  if (!Number.isFinite(value)) return spell(value, '')
  let digits = 0
  while (digits < 8 && Math.fround(Number(value.toExponential(digits))) !== value) digits++
  return spell(value, value.toExponential(digits))
}

/** `exponential` is like `-1.25e+3`. From 1e16 up and below 1e-4 the exponent stays, with two digits at least. */
function spell(value: number, exponential: string): string {
  if (Number.isNaN(value)) return 'nan'
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  if (!Number.isFinite(value)) return `${sign}inf`
  const [mantissa, power] = exponential.replace('-', value < 0 ? '' : '-').split('e') as [string, string]
  const digits = mantissa.replace('.', '')
  const exponent = Number(power)
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : ''
    const size = String(Math.abs(exponent)).padStart(2, '0')
    return `${sign}${digits.charAt(0)}${fraction}e${exponent < 0 ? '-' : '+'}${size}`
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`
}
