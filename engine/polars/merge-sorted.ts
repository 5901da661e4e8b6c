import type { SourceSpan } from '../errors.ts'
import { columnNode } from './expression.ts'
import { findColumn, type Frame } from './frame.ts'
import { concatFrames } from './reshape.ts'
import { sortFrame } from './select.ts'

/** The rows of two frames that are sorted by a key, in the order of the key; of equal keys the left frame's go first. */
export function mergeSorted(left: Frame, right: Frame, key: string, span: SourceSpan | undefined): Frame {
  findColumn(left, key, span)
  const both = concatFrames([left, right], 'vertical', span)
  return sortFrame(both, [columnNode(key, span)], { descending: [], nullsLast: [], stable: true })
}
