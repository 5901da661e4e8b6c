import { Worker } from 'node:worker_threads'
import type { ComputePlatform, ComputePort } from './execution/team/compute-port.ts'
import type { FromMember } from './execution/team/team-messages.ts'

const entry = new URL('../workers/compute.node.ts', import.meta.url)
/** Built, the worker is JavaScript; in development Node is told how to read TypeScript. */
const isSource = entry.pathname.endsWith('.ts')

/** Compute workers as worker threads. */
export const nodeCompute: ComputePlatform = {
  spawn: () => threadPort(startThread()),
  startsQuickly: !isSource,
}

export function startThread(): Worker {
  if (!isSource) return new Worker(entry)
  const hooks = new URL('./testing/typescript.mjs', import.meta.url)
  return new Worker(entry, { execArgv: ['--import', hooks.href] })
}

export function threadPort(worker: Worker): ComputePort {
  let ended = false
  return {
    post: (message) => {
      worker.postMessage(message)
    },
    onMessage: (listener) => {
      worker.on('message', (message: FromMember) => {
        listener(message)
      })
    },
    onEnd: (listener) => {
      const end = (reason: string): void => {
        if (!ended) listener(reason)
        ended = true
      }
      worker.on('error', (error: Error) => {
        end(error.message)
      })
      worker.on('exit', (code) => {
        end(`it ended with code ${code}`)
      })
    },
    keepAlive: (needed) => {
      if (needed) worker.ref()
      else worker.unref()
    },
    terminate: () => {
      ended = true
      void worker.terminate()
    },
  }
}
