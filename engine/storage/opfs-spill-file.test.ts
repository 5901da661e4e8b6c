import { describe, expect, it } from 'vitest'
import { OpfsSpillFile, type SyncAccessHandle } from './opfs-spill-file.ts'

interface Behaviour {
  readonly refusesShared?: boolean
  readonly mostAtOnce?: number
  readonly quota?: number
}

/** A handle as browsers have it: may write less than asked, may refuse shared memory, may run out of quota. */
function handleOf({ refusesShared = false, mostAtOnce = Infinity, quota = Infinity }: Behaviour) {
  const disk = new Uint8Array(8 * 2 ** 20)
  let size = 0
  const check = (view: Uint8Array) => {
    if (refusesShared && view.buffer instanceof SharedArrayBuffer)
      throw new TypeError('shared memory is not allowed')
  }
  const handle: SyncAccessHandle = {
    read(into, { at }) {
      check(into)
      const count = Math.max(0, Math.min(into.length, size - at, mostAtOnce))
      into.set(disk.subarray(at, at + count))
      return count
    },
    write(from, { at }) {
      check(from)
      if (at + from.length > quota) throw new DOMException('quota', 'QuotaExceededError')
      const count = Math.min(from.length, mostAtOnce)
      disk.set(from.subarray(0, count), at)
      size = Math.max(size, at + count)
      return count
    },
    truncate(bytes) {
      size = bytes
    },
    close() {
      size = -1
    },
  }
  return { handle, size: () => size }
}

function sample(shared: boolean): Uint8Array {
  const bytes = 3 * 2 ** 20 + 7
  const view = new Uint8Array(shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes))
  for (let index = 0; index < bytes; index++) view[index] = (index * 7) & 255
  return view
}

describe.each<Behaviour>([
  {},
  { refusesShared: true },
  { mostAtOnce: 65_537 },
  { refusesShared: true, mostAtOnce: 999_999 },
])('a handle that behaves so: %o', (behaviour) => {
  it('gives back what was written', () => {
    const file = new OpfsSpillFile(handleOf(behaviour).handle)
    const data = sample(true)
    file.write(10, data)
    const back = new Uint8Array(new SharedArrayBuffer(data.length))
    file.read(10, back)
    expect(Buffer.compare(back, data)).toBe(0)
    expect(() => file.read(11, back)).toThrow(expect.objectContaining({ code: 'spill_damaged' }))
  })
})

it('turns an exceeded quota into out_of_disk', () => {
  const file = new OpfsSpillFile(handleOf({ quota: 2 ** 20 }).handle)
  expect(() => file.write(0, sample(false))).toThrow(
    expect.objectContaining({ code: 'out_of_disk', message: expect.stringContaining('3.0 MiB') }),
  )
})

it('closes its handle once', () => {
  const { handle, size } = handleOf({})
  const file = new OpfsSpillFile(handle)
  file.close()
  expect(size()).toBe(-1)
  file.close()
})
