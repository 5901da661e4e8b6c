import { expect, test } from 'vitest'
import { codeCell } from './cell.ts'
import { fromJson, toJson } from './notebook-file.ts'

test('ids are not saved, and a cell read back has a new one', () => {
  const cell = codeCell('sql', 'SELECT 1')
  const text = toJson({ notebook: { title: 'One', cells: [cell] }, needs: [] })
  expect(text).not.toContain(cell.id)
  expect(fromJson(text).notebook.cells[0]).toEqual({ ...cell, id: expect.any(String) })
})

test('format 0 gets a title', () => {
  expect(fromJson('{"cells":[{"kind":"sql","text":"SELECT 1"}]}').notebook.title).toBe('Untitled notebook')
})

test('a newer format says what to do', () => {
  expect(() => fromJson('{"version":7,"cells":[]}')).toThrow(
    'This notebook was written by a newer Lakebook (format 7; this one reads up to 1). Reload the page to get the newest version.',
  )
})

test('the message names the place that is wrong', () => {
  expect(() => fromJson('{"version":1,"title":"x","cells":[{"kind":"sql","text":5}]}')).toThrow(
    /at cells\.0\.text/,
  )
  expect(() => fromJson('not json')).toThrow(/the text is not JSON/)
  expect(() => fromJson('null')).toThrow(/not a Lakebook notebook/)
})
