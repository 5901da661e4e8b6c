import type { WireError } from '../../workers/protocol.ts'

/** Whatever was thrown, as an error that the page can show: the engine's own keep their code, span and hint. */
export function asWireError(thrown: unknown): WireError {
  if (thrown instanceof DOMException && thrown.name === 'AbortError')
    return { code: 'cancelled', message: 'The run was cancelled' }
  if (
    typeof thrown === 'object' &&
    thrown !== null &&
    'message' in thrown &&
    typeof thrown.message === 'string'
  ) {
    if ('code' in thrown && typeof thrown.code === 'string') return thrown as WireError
    return { code: 'internal', message: thrown.message }
  }
  return { code: 'internal', message: String(thrown) }
}

export function isCancelled(error: WireError): boolean {
  return error.code === 'cancelled'
}
