import type { PartialParse, Tree } from '@lezer/common'
import { parser } from '@lezer/python'

/**
 * A parse of Lezer's, which counts how often a long expression became the left part of a longer one, and cuts the tree
 * off at 300 so that an editor stays quick. Cells are chains of calls, some of them longer than that.
 */
type CountingParse = PartialParse & { bigReductionCount: number }

/** The syntax tree of a cell, however long its chains are. */
export function parseTree(text: string): Tree {
  const parse = parser.startParse(text) as CountingParse
  for (;;) {
    parse.bigReductionCount = 0
    const tree = parse.advance()
    if (tree !== null) return tree
  }
}
