import type { MemorySnapshot, QueryProgress } from '../engine/lakebook.ts'

/**
 * What the coordinator tells without being asked. It goes the way that answers go, but nobody answers it; so it comes
 * before the answer to a run that it is about.
 */
export type News =
  | { readonly news: 'progress'; readonly runId: number; readonly progress: QueryProgress }
  | { readonly news: 'memory'; readonly sample: MemorySnapshot }

/** Messages that are not news belong to Comlink. */
export function isNews(message: unknown): message is News {
  return typeof message === 'object' && message !== null && 'news' in message
}
