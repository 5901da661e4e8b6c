import { expect, it, vi } from 'vitest'
import { openHeap } from '../../testing/open-heap.ts'
import { ComputeTeam, type TeamResources } from './compute-team.ts'

it('says once why there is one thread only, when a worker cannot be started', async () => {
  const { heap } = await openHeap({ shared: true })
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const ends: ((reason: string) => void)[] = []
  const terminate = vi.fn()
  const platform = {
    startsQuickly: false,
    spawn: () => ({
      post: () => undefined,
      onMessage: () => undefined,
      onEnd: (listener: (reason: string) => void) => {
        ends.push(listener)
      },
      keepAlive: () => undefined,
      terminate,
    }),
  }
  const resources = { heap, cache: { reservation: null } } as unknown as TeamResources
  const team = new ComputeTeam(platform, resources, 2)
  const ready = team.ready(2)
  for (const end of ends) end('its script was not found')
  expect(await ready).toBe(0)
  expect(await team.ready(2)).toBe(0)
  expect(warn.mock.calls).toEqual([
    [
      'Lakebook runs its queries on one thread from now on. A compute worker did not start: its script was not found',
    ],
  ])
  expect(terminate).toHaveBeenCalled()
  warn.mockRestore()
})
