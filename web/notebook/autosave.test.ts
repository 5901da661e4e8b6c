import { expect, test, vi } from 'vitest'
import { Autosave, loadSaved } from './autosave.ts'
import { codeCell } from './cell.ts'
import type { SavedNotebook } from './notebook-file.ts'

function saved(text: string): SavedNotebook {
  return { notebook: { title: 'Draft', cells: [codeCell('sql', text)] }, needs: [] }
}

function memoryStore() {
  let content: string | undefined
  return {
    writes: 0,
    read: () => Promise.resolve(content),
    write(text: string) {
      this.writes++
      content = text
      return Promise.resolve()
    },
  }
}

test('the newest of a burst is saved, once', async () => {
  vi.useFakeTimers()
  const store = memoryStore()
  const results: unknown[] = []
  const autosave = new Autosave(store, 500, (result) => results.push(result))
  for (const text of ['S', 'SE', 'SELECT 1']) autosave.save(saved(text))
  await vi.advanceTimersByTimeAsync(500)
  vi.useRealTimers()
  expect(store.writes).toBe(1)
  expect(results).toEqual([null])
  expect((await loadSaved(store))?.notebook.cells[0]?.text).toBe('SELECT 1')
})

test('a failed save is reported and the next one works', async () => {
  const store = memoryStore()
  const results: unknown[] = []
  const autosave = new Autosave(
    {
      read: store.read,
      write: (text) => (text.includes('bad') ? Promise.reject(new Error('full')) : store.write(text)),
    },
    0,
    (result) => results.push(result),
  )
  autosave.save(saved('bad'))
  await autosave.flush()
  autosave.save(saved('good'))
  await autosave.flush()
  expect(results).toEqual([new Error('full'), null])
})
