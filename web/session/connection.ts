import { connectEngine } from '../../workers/client.ts'
import type { Coordinator } from '../../workers/protocol.ts'

let client: Coordinator | null = null

/** The one engine of this page; its workers start with the first call. */
export function engine(): Coordinator {
  client ??= connectEngine()
  return client
}
