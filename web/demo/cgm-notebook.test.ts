import { expect, test } from 'vitest'
import { isCode } from '../notebook/cell.ts'
import { decodeLink, encodeLink } from '../notebook/link.ts'
import { cgmNotebook, withStep } from './cgm-notebook.ts'

test('the step of a version follows the preset, whatever else was edited', () => {
  const published = cgmNotebook('published').cells.filter(isCode)
  const lifelike = cgmNotebook('lifelike').cells.filter(isCode)
  expect(published.map((cell) => withStep(cell, 5).text)).toEqual(lifelike.map((cell) => cell.text))
  const edited = { ...published[0]!, text: `# mine\n${published[0]!.text}` }
  expect(withStep(edited, 5).text).toContain('# mine\nSTEP = 5 ')
})

test('the demo fits into a link', () => {
  const link = encodeLink({ notebook: cgmNotebook(), needs: [] })
  expect(link.length).toBeLessThan(8000)
  expect(decodeLink(link)?.notebook.cells).toHaveLength(cgmNotebook().cells.length)
})
