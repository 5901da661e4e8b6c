import { LakebookError } from '../engine/errors.ts'
import { TeamMember } from '../engine/execution/team/team-member.ts'
import type { ToMember } from '../engine/execution/team/team-messages.ts'
import { openHandle } from '../engine/formats/open-handle.ts'
import { openOpfsColumnFile } from '../engine/storage/opfs-spill-storage.ts'
import { holdLifeLock, type LifeLock } from '../engine/worker-life.ts'

/** A compute worker of a page, started by the coordinator. */
const member = new TeamMember(
  (message) => {
    postMessage(message)
  },
  (handle) =>
    openHandle(handle, () => {
      throw new LakebookError('not_readable', 'A page cannot read paths')
    }),
  openOpfsColumnFile,
)

let alive: Promise<void> = Promise.resolve()
addEventListener('message', ({ data }: MessageEvent<LifeLock | ToMember>) => {
  if ('lifeLock' in data) alive = holdLifeLock(data)
  else
    void alive.then(() => {
      member.receive(data)
    })
})
