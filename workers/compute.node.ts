import { parentPort } from 'node:worker_threads'
import { internalError } from '../engine/errors.ts'
import { TeamMember } from '../engine/execution/team/team-member.ts'
import type { ToMember } from '../engine/execution/team/team-messages.ts'
import { openHandle } from '../engine/formats/open-handle.ts'
import { PathSource } from '../engine/formats/path-source.node.ts'
import { openNodeColumnFile } from '../engine/storage/node-spill-storage.ts'

/** A compute worker in Node: a worker thread of the process. */
const port = parentPort
if (port === null) throw internalError('a compute worker was started by itself')
const member = new TeamMember(
  (message) => {
    port.postMessage(message)
  },
  (handle) => openHandle(handle, (path) => PathSource.fromHandle(path)),
  openNodeColumnFile,
)

port.on('message', (message: ToMember) => {
  member.receive(message)
})
