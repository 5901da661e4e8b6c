import { expect, it } from 'vitest'
import { SourceMap } from './source-map.ts'

it('finds offsets of places that count characters JavaScript counts as two', () => {
  const text = 'a🙂b\n🙂🙂c\nplain\n𝒳'
  const source = new SourceMap(text)
  let line = 1
  let column = 1
  let offset = 0
  for (const character of text) {
    expect(source.offset(line, column)).toBe(offset)
    offset += character.length
    if (character === '\n') [line, column] = [line + 1, 1]
    else column += 1
  }
  expect(source.offset(line, column)).toBe(text.length)
  expect(source.offset(9, 1)).toBe(text.length)
})
