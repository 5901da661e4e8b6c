import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

/**
 * Colours that tell series apart must do so for every kind of colour vision and on the surface they lie on.
 * Colour vision deficiencies after Machado, Oliveira and Fernandes (2009) at full severity; distances in OKLab.
 */
type Vector = readonly [number, number, number]

const css = readFileSync(path.join(import.meta.dirname, 'tokens.css'), 'utf8')

function token(name: string, theme: 'light' | 'dark'): Vector {
  const match = new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(css)
  const hex = match?.[theme === 'light' ? 1 : 2]
  if (!hex) throw new Error(`no token --${name}`)
  const channel = (at: number) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return [channel(1), channel(3), channel(5)]
}

function contrast(a: Vector, b: Vector): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high! + 0.05) / (low! + 0.05)
}

function luminance([r, g, b]: Vector): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function apply(matrix: readonly Vector[], [r, g, b]: Vector): Vector {
  const [x, y, z] = matrix.map((row) => Math.max(0, row[0] * r + row[1] * g + row[2] * b))
  return [x!, y!, z!]
}

function oklab(rgb: Vector): Vector {
  const toLms: Vector[] = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
  ]
  const [l, m, s] = apply(toLms, rgb).map(Math.cbrt) as [number, number, number]
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}

const visions: Record<string, readonly Vector[]> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}

const series = [1, 2, 3, 4, 5, 6, 7].map((index) => `series-${index}`)

for (const theme of ['light', 'dark'] as const) {
  test(`${theme}: series stand out from their surface and from each other`, () => {
    for (const name of series)
      expect(contrast(token(name, theme), token('surface', theme))).toBeGreaterThan(3)
    for (const [vision, matrix] of Object.entries(visions)) {
      const seen = series.map((name) => oklab(apply(matrix, token(name, theme))))
      for (const [index, a] of seen.entries()) {
        for (const b of seen.slice(index + 1)) {
          expect(Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]), vision).toBeGreaterThan(0.1)
        }
      }
    }
  })

  test(`${theme}: text is readable on every surface`, () => {
    for (const text of ['text', 'text-2', 'text-3', 'accent', 'good', 'warn', 'bad']) {
      for (const surface of ['page', 'surface', 'raised', 'sunken']) {
        expect(contrast(token(text, theme), token(surface, theme)), `${text} on ${surface}`).toBeGreaterThan(
          4.5,
        )
      }
    }
    for (const [text, surface] of [
      ['accent-text', 'accent'],
      ['good', 'good-wash'],
      ['warn', 'warn-wash'],
      ['bad', 'bad-wash'],
      ['accent', 'accent-wash'],
      ['text-3', 'hover'],
    ] as const) {
      expect(contrast(token(text, theme), token(surface, theme)), `${text} on ${surface}`).toBeGreaterThan(
        4.5,
      )
    }
    expect(contrast(token('control-line', theme), token('surface', theme))).toBeGreaterThan(3)
  })
}
