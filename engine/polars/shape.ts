import type { PolarsExpression } from './expression.ts'

/**
 * How many rows an expression yields: one whatever the frame is; one for each group; one for each row; or another
 * number or order of rows.
 */
export type Shape = 'literal' | 'scalar' | 'rows' | 'sequence'

const WIDTH: readonly Shape[] = ['literal', 'scalar', 'rows', 'sequence']

export function shapeOf(node: PolarsExpression): Shape {
  switch (node.kind) {
    case 'literal':
    case 'value':
      return 'literal'
    case 'columns':
      return 'rows'
    case 'rename':
      return shapeOf(node.input)
    case 'call':
      switch (node.method.kind) {
        case 'aggregate':
          return 'scalar'
        case 'window':
          return 'rows'
        case 'sequence':
          return 'sequence'
        case 'element':
          return widest(node.args.operands().map(shapeOf))
      }
  }
}

export function widest(shapes: readonly Shape[]): Shape {
  return WIDTH[Math.max(0, ...shapes.map((shape) => WIDTH.indexOf(shape)))] ?? 'literal'
}
