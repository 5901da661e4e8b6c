import { expect, test } from 'vitest'
import { codeCell, markdownCell, panelCell, withKind } from './cell.ts'
import { insertCell, moveCell, removeCell, setText } from './commands.ts'
import { amend, record, redo, startHistory, undo } from './history.ts'
import type { Notebook } from './notebook.ts'

const [a, b, c] = [codeCell('sql', 'a'), codeCell('polars', 'b'), markdownCell('c')]
const three: Notebook = { title: 'Three', cells: [a, b, c] }
const texts = (notebook: Notebook) => notebook.cells.map((cell) => cell.text).join('')

test('cells go in, out, up and down', () => {
  expect(texts(insertCell(three, 1, codeCell('sql', 'x')))).toBe('axbc')
  expect(texts(insertCell(three, 99, codeCell('sql', 'x')))).toBe('abcx')
  expect(texts(removeCell(three, b.id))).toBe('ac')
  expect(texts(moveCell(three, c.id, -1))).toBe('acb')
  expect(texts(moveCell(three, a.id, 1))).toBe('bac')
})

test('what changes nothing returns the notebook itself', () => {
  expect(moveCell(three, a.id, -1)).toBe(three)
  expect(setText(three, a.id, 'a')).toBe(three)
  expect(removeCell(three, 'nobody')).toBe(three)
})

test('the last cell leaves an empty one behind', () => {
  const one = removeCell({ title: 'One', cells: [a] }, a.id)
  expect(one.cells).toHaveLength(1)
  expect(one.cells[0]).toMatchObject({ kind: 'sql', text: '' })
})

test('a change of kind keeps id and text; a panel stays a panel', () => {
  expect(withKind(a, 'markdown')).toEqual({ id: a.id, kind: 'markdown', text: 'a' })
  expect(withKind(c, 'polars')).toMatchObject({ id: c.id, kind: 'polars', text: 'c' })
  const panel = panelCell('cgm-day')
  expect(withKind(panel, 'sql')).toBe(panel)
})

test('undo and redo walk the same steps', () => {
  let history = startHistory(three)
  history = record(history, removeCell(history.present, b.id))
  history = record(history, removeCell(history.present, a.id))
  expect(texts(history.present)).toBe('c')
  history = undo(undo(history))
  expect(texts(history.present)).toBe('abc')
  history = redo(history)
  expect(texts(history.present)).toBe('ac')
  history = record(history, setText(history.present, c.id, 'd'))
  expect(redo(history)).toBe(history)
})

test('typing in one cell is one step, in another cell a new one', () => {
  let history = startHistory(three)
  for (const text of ['a1', 'a12']) history = record(history, setText(history.present, a.id, text), a.id)
  history = record(history, setText(history.present, b.id, 'b1'), b.id)
  expect(texts(undo(history).present)).toBe('a12bc')
  expect(texts(undo(undo(history)).present)).toBe('abc')
  expect(undo(undo(undo(history))).past).toHaveLength(0)
})

test('an amendment is no step of its own', () => {
  const history = amend(startHistory(three), { ...three, title: 'Four' })
  expect(undo(history)).toBe(history)
  expect(history.present.title).toBe('Four')
})
