import { deflateSync } from 'fflate'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toBase64Url } from './base64url.ts'
import { codeCell, markdownCell, panelCell } from './cell.ts'
import { crc32 } from './crc32.ts'
import { decodeLink, encodeLink, LinkError } from './link.ts'
import { NotebookFormatError, type SavedNotebook } from './notebook-file.ts'

const saved: SavedNotebook = {
  notebook: {
    title: 'Sales',
    cells: [
      markdownCell('# Sales'),
      codeCell('sql', 'SELECT count(*) FROM lineitem'),
      {
        ...codeCell('polars', 'df.head()', 'version-2'),
        view: 'chart',
        chart: { mark: 'bar', x: 'a', y: 'b', colour: null },
      },
      panelCell('cgm-day', 'lifelike'),
    ],
  },
  needs: [
    {
      name: 'lineitem',
      fields: [{ name: 'l_quantity', type: 'decimal(15, 2)' }],
      files: [{ name: 'lineitem.parquet', bytes: 14, rows: 3, hash: 'ab12' }],
    },
  ],
}

function withoutIds({ notebook, needs }: SavedNotebook) {
  return { title: notebook.title, cells: notebook.cells.map(({ id: _id, ...cell }) => cell), needs }
}

test('a link carries the notebook and what it needs', () => {
  const back = decodeLink(encodeLink(saved))
  expect(back && withoutIds(back)).toEqual(withoutIds(saved))
})

test('any title and text survive', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.string({ unit: 'grapheme' }),
      (title, text) => {
        const one = { notebook: { title, cells: [codeCell('sql', text)] }, needs: [] }
        const back = decodeLink(encodeLink(one))
        expect(back && withoutIds(back)).toEqual(withoutIds(one))
      },
    ),
  )
})

test('a hash that is no link is left alone', () => {
  expect(decodeLink('')).toBeNull()
  expect(decodeLink('#section')).toBeNull()
})

test('a link cut short or changed anywhere says that it is damaged', () => {
  const link = encodeLink(saved)
  for (const length of [10, link.length >> 1, link.length - 9, link.length - 1]) {
    expect(() => decodeLink(link.slice(0, length))).toThrow(/^This link is damaged/)
  }
  const at = link.length >> 1
  const changed = link.slice(0, at) + (link[at] === 'A' ? 'B' : 'A') + link.slice(at + 1)
  expect(() => decodeLink(changed)).toThrow(LinkError)
})

test('a format or codec of the future is named', () => {
  expect(() => decodeLink('#n9.d.AA.00000000')).toThrow(/uses format n9/)
  expect(() => decodeLink(encodeLink(saved).replace('.d.', '.z.'))).toThrow(/packed with "z"/)
})

test('a bomb is refused before it unfolds', () => {
  const json = new Uint8Array(8 * 2 ** 20).fill(0x20)
  const link = `#n1.d.${toBase64Url(deflateSync(json))}.${crc32(json).toString(16).padStart(8, '0')}`
  expect(() => decodeLink(link)).toThrow(/unfolds to more than 4 MiB/)
})

test('what unfolds must be a notebook', () => {
  const json = new TextEncoder().encode(
    '{"version":1,"title":"x","cells":[{"kind":"javascript","text":"alert(1)"}]}',
  )
  const link = `#n1.p.${toBase64Url(json)}.${crc32(json).toString(16).padStart(8, '0')}`
  expect(() => decodeLink(link)).toThrow(NotebookFormatError)
})

test('CRC-32 is the one of zip', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
})
