import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Heap } from '../memory/heap.ts'
import { nodeSpillStorage } from './node-spill-storage.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'lakebook-test-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const spills = () => path.join(folder, 'lakebook', 'spill')

describe('a spill file in Node', () => {
  it.each([false, true])(
    'reads back what was written straight from the heap (shared: %s)',
    async (shared) => {
      const storage = nodeSpillStorage(folder)
      expect(await storage.isAvailable()).toBe(true)
      const session = await storage.openSession()
      const file = await storage.openFile(session.id, 'driver')
      const heap = Heap.create(16 * 2 ** 20, { shared })
      const from = heap.u8.subarray(200_000, 1_300_000)
      for (let index = 0; index < from.length; index++) from[index] = (index * 31) & 255
      file.write(5, from)
      const into = heap.u8.subarray(2_000_000, 3_100_000)
      file.read(5, into)
      expect(Buffer.compare(into, from)).toBe(0)
      expect(() => file.read(6, into)).toThrow(expect.objectContaining({ code: 'spill_damaged' }))
      file.truncate(0)
      expect(statSync(path.join(spills(), session.id, 'driver.arrow')).size).toBe(0)
      file.close()
      file.close()
      await session.close()
      expect(readdirSync(spills())).toEqual([])
    },
  )

  it('says out_of_disk when the disk is full', async () => {
    if (!existsSync('/dev/full')) return
    const storage = nodeSpillStorage(folder)
    const session = await storage.openSession()
    execFileSync('ln', ['-s', '/dev/full', path.join(spills(), session.id, 'full.arrow')])
    const file = await storage.openFile(session.id, 'full')
    expect(() => file.write(0, new Uint8Array(2 ** 20))).toThrow(
      expect.objectContaining({ code: 'out_of_disk', message: expect.stringContaining('1.0 MiB') }),
    )
    file.close()
    await session.close()
    expect(readdirSync(spills())).toEqual([])
  })
})

describe('sessions', () => {
  it('never share a folder, and sweeping spares the living', async () => {
    const storage = nodeSpillStorage(folder)
    const [a, b] = await Promise.all([storage.openSession(), storage.openSession()])
    expect(a.id).not.toBe(b.id)
    expect(await storage.sweepStaleSpills()).toBe(0)
    expect(readdirSync(spills()).sort()).toEqual([a.id, b.id].sort())
    await a.close()
    await b.close()
  })

  it('of a killed process are swept, with their bytes counted; other hosts are left alone', async () => {
    const storage = nodeSpillStorage(folder)
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    const host = hostname().replaceAll(/[^A-Za-z0-9-]/g, '-')
    const stale = path.join(spills(), `${host}.${child.pid ?? 0}.abcdef`)
    const foreign = path.join(spills(), `elsewhere.${child.pid ?? 0}.abcdef`)
    for (const path of [stale, foreign]) mkdirSync(path, { recursive: true })
    writeFileSync(path.join(stale, 'compute-0.arrow'), new Uint8Array(4321))
    expect(await storage.sweepStaleSpills()).toBe(0)
    const use = (alive: boolean) => ({ id: path.basename(stale), bytes: 4321, alive })
    expect(await storage.sessions()).toContainEqual(use(true))
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
    expect(await storage.sessions()).toContainEqual(use(false))
    expect(await storage.sweepStaleSpills()).toBe(4321)
    expect(readdirSync(spills())).toEqual([path.basename(foreign)])
  })

  it('clean up when their process ends by itself', () => {
    const hooks = new URL('../testing/typescript.mjs', import.meta.url).href
    const module = new URL('./node-spill-storage.ts', import.meta.url).href
    const script = `
      import { nodeSpillStorage } from ${JSON.stringify(module)}
      const storage = nodeSpillStorage(${JSON.stringify(folder)})
      const session = await storage.openSession()
      const file = await storage.openFile(session.id, 'driver')
      file.write(0, new Uint8Array(1000))
      console.log(session.id)
      process.exit(0)`
    const id = execFileSync(process.execPath, ['--import', hooks, '--input-type=module', '-e', script], {
      encoding: 'utf8',
    })
    expect(id.trim()).not.toBe('')
    expect(readdirSync(spills())).toEqual([])
  })
})
