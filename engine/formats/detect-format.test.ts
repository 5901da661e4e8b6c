import { expect, it } from 'vitest'
import { BytesSource } from './byte-source.ts'
import { detectFormat } from './detect-format.ts'

function formatOf(name: string, text: string): Promise<string> {
  return detectFormat(
    new BytesSource(
      name,
      Uint8Array.from(text, (unit) => unit.charCodeAt(0)),
    ),
  )
}

it('goes by what is in a file before it goes by its name', async () => {
  expect(await formatOf('really.csv', 'PAR1....')).toBe('parquet')
  expect(await formatOf('a.csv', 'a,b\n1,2\n')).toBe('csv')
  expect(await formatOf('a.csv.gz', '\x1f\x8b\x08\0\0\0')).toBe('csv')
  expect(await formatOf('noname', ' {"a": 1}')).toBe('json')
})

it.each([
  ['a.csv', '\x89PNG\r\n\x1a\n\0\0\0\r', 'a.csv is a picture'],
  ['a.xlsx', 'PK\x03\x04', 'a.xlsx is a ZIP archive, as those of Excel are'],
  ['a.csv', 'a\0,\0b\0', 'a.csv is not text, as its name says'],
  ['a.json', 'RIFF\x04\0\0\0', 'a.json is not text, as its name says'],
])('refuses %s by what it holds', async (name, text, message) => {
  await expect(formatOf(name, text)).rejects.toMatchObject({ code: 'not_readable', message })
})
