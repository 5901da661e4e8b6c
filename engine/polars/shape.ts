import type { CallNode, PolarsExpression } from './expression.ts'
import { isOneValue } from './frame.ts'

/**
 * How many rows an expression yields: one whatever the frame is; one for each group; one for each row; or another
 * number or order of rows.
 */
export type Shape = 'literal' | 'scalar' | 'rows' | 'sequence'

const WIDTH: readonly Shape[] = ['literal', 'scalar', 'rows', 'sequence']

export function shapeOf(node: PolarsExpression): Shape {
  switch (node.kind) {
    case 'literal':
      return 'literal'
    case 'value':
      return isOneValue(node.frame) ? 'literal' : 'rows'
    case 'columns':
      return 'rows'
    case 'rename':
      return shapeOf(node.input)
    case 'call':
      switch (node.method.kind) {
        case 'aggregate':
          return 'scalar'
        case 'window':
          return isExploded(node) ? 'sequence' : 'rows'
        case 'sequence':
          return 'sequence'
        case 'element':
          return widest(node.args.operands().map(shapeOf))
      }
  }
}

/** over(..., mapping_strategy="explode"): the groups one after the other. */
export function isExploded({ method, args }: CallNode): boolean {
  return method.name === 'over' && args.string('mapping_strategy', '') === 'explode'
}

export function widest(shapes: readonly Shape[]): Shape {
  return WIDTH[Math.max(0, ...shapes.map((shape) => WIDTH.indexOf(shape)))] ?? 'literal'
}
