import { LakebookError } from '../engine/errors.ts'
import type { WireError } from './protocol.ts'

/** Comlink forwards only an error's message; what crosses the boundary is this. */
export type Answer<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: WireError }

/** Runs `action` and wraps what comes of it. */
export async function answer<Value>(action: () => Value | Promise<Value>): Promise<Answer<Value>> {
  try {
    return { ok: true, value: await action() }
  } catch (error) {
    return { ok: false, error: toWire(error) }
  }
}

/** @throws LakebookError, as it was thrown on the other side */
export function unwrap<Value>(given: Answer<Value>): Value {
  if (given.ok) return given.value
  const { code, message, span, hint } = given.error
  throw new LakebookError(code, message, { span, hint })
}

export function toWire(error: unknown): WireError {
  if (error instanceof LakebookError) {
    const { code, message, span, hint } = error
    return { code, message, span, hint }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'internal', message: `Internal error (a bug in Lakebook): ${message}` }
}
