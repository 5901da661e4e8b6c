import { expect, it } from 'vitest'
import { openHeap } from '../testing/open-heap.ts'

interface Kernels {
  format_f64(thread: number, value: number): bigint
  format_f32(thread: number, value: number): bigint
}

/** JavaScript's digits, which are the shortest, in DuckDB's spelling; `exponential` is like `-1.25e+3`. */
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

function spellDouble(value: number): string {
  return spell(value, value.toExponential())
}

function spellFloat(value: number): string {
  if (!Number.isFinite(value)) return spell(value, '')
  let digits = 0
  while (digits < 8 && Math.fround(Number(value.toExponential(digits))) !== value) digits++
  return spell(value, value.toExponential(digits))
}

async function formatters() {
  const { heap, kernels, pagesOf } = await openHeap<Kernels>()
  const thread = pagesOf('texts').allocate(65_536)
  const decoder = new TextDecoder()
  const text = (format: () => bigint): string => {
    heap.u32[thread >> 2] = thread + 64
    heap.u32[(thread >> 2) + 1] = thread + 65_536
    const packed = format()
    const at = Number(packed & 0xffffffffn)
    return decoder.decode(heap.u8.slice(at, at + Number(packed >> 32n)))
  }
  return {
    double: (value: number) => text(() => kernels.format_f64(thread, value)),
    float: (value: number) => text(() => kernels.format_f32(thread, value)),
  }
}

const view = new DataView(new ArrayBuffer(8))
let state = 2463534242
/** 32 bits, the same in every run. */
function random(): number {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return state >>> 0
}

function doubleOf(bits: bigint): number {
  view.setBigUint64(0, bits)
  return view.getFloat64(0)
}

function floatOf(bits: number): number {
  view.setUint32(0, bits)
  return view.getFloat32(0)
}

it.each([
  [1, '1.0'],
  [-0, '-0.0'],
  [0.1, '0.1'],
  [-1234.5, '-1234.5'],
  [1e15, '1000000000000000.0'],
  [1e16, '1e+16'],
  [12345678912345678, '1.2345678912345678e+16'],
  [0.0001, '0.0001'],
  [1e-5, '1e-05'],
  [-1.5e-300, '-1.5e-300'],
  [5e-324, '5e-324'],
  [36893488147419103232, '3.6893488147419103e+19'],
  [NaN, 'nan'],
  [-Infinity, '-inf'],
])('writes %s as %s', async (value, text) => {
  const { double } = await formatters()
  expect(double(value)).toBe(text)
})

it('writes the shortest digits of every exponent, and of random doubles', async () => {
  const { double } = await formatters()
  const check = (value: number): void => {
    const found = double(value)
    if (found !== spellDouble(value)) expect(found).toBe(spellDouble(value))
  }
  for (let exponent = 0n; exponent < 2047n; exponent++) {
    const first = exponent << 52n
    // the numbers around a power of two, where the distance to the next changes
    for (const bits of [first, first + 1n, first + 2n, first + (1n << 52n) - 1n]) check(doubleOf(bits))
    for (let i = 0; i < 20; i++) {
      check(-doubleOf(first | ((BigInt(random() & 0xfffff) << 32n) | BigInt(random()))))
    }
  }
  for (let exponent = -323; exponent <= 308; exponent++) {
    for (const digits of [1, 3, 99, 123456789]) check(Number(`${digits}e${exponent}`))
  }
  for (let i = 0; i < 20_000; i++) {
    check(random() / 100)
    check(random() / 2 ** 32 + random())
  }
})

it('writes single precision no longer than it takes, and whole where halves would do', async () => {
  const { float } = await formatters()
  expect(float(Math.fround(0.1))).toBe('0.1')
  expect(float(16777216)).toBe('16777216.0')
  expect(float(Math.fround(3.4e38))).toBe('3.4e+38')
  // 1048576.2 and 1048576.3 are as near, and 35084770 is half-way to the next float
  expect(float(1048576.25)).toBe('1048576.25')
  expect(float(35084768)).toBe('35084768.0')
  for (let exponent = 0; exponent < 255; exponent++) {
    const first = exponent << 23
    for (const fraction of [0, 1, 2, 0x7fffff, random() & 0x7fffff, random() & 0x7fffff]) {
      const value = floatOf(first | fraction)
      const text = float(value)
      const isNear = Math.abs(value) > 1e4 && Math.abs(value) < 1e11
      const isRight =
        isNear || fraction === 0 ? Math.fround(Number(text)) === value : text === spellFloat(value)
      if (!isRight) expect([value, text]).toEqual([value, spellFloat(value)])
    }
  }
})
