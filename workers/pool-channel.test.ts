import { expect, test } from 'vitest'
import { LakebookError } from '../engine/errors.ts'
import type { MemoryPool } from '../engine/memory/memory-pool.ts'
import { PoolServer, RemotePool } from './pool-channel.ts'

const sort = { name: 'Sort', canSpill: true }

test('a question that nobody answers ends with an error, and is not answered later', async () => {
  const asked: string[] = []
  const pool: MemoryPool = {
    name: 'slow',
    register: () => asked.push('register'),
    unregister: () => asked.push('unregister'),
    tryGrow: () => asked.push('tryGrow') > 0,
    shrink: () => asked.push('shrink'),
  }
  const server = new PoolServer(pool)
  const remote = new RemotePool(server.channel, 1)
  try {
    remote.register(sort)
    // Asked on the thread that would have to answer.
    expect(() => remote.tryGrow(sort, 64, 0)).toThrow(LakebookError)
    remote.unregister(sort)
    await expect.poll(() => asked).toEqual(['register', 'unregister'])
  } finally {
    server.close()
  }
})
