/** @typedef {Parameters<import('eslint').SourceCode['getAncestors']>[0]} Node */

/** The classes of apache-arrow that hold many values. */
const columnar = new Set(['Table', 'RecordBatch', 'Vector', 'Data', 'MapRow', 'StructRow', 'StructRowProxy'])
const loops = new Set([
  'ForStatement',
  'ForOfStatement',
  'ForInStatement',
  'WhileStatement',
  'DoWhileStatement',
])

/**
 * Law 2 of the design, as far as types decide it: in `engine/` no Arrow table, batch or vector is turned into
 * JavaScript values one by one. It reports `toArray()` and `toJSON()`, iteration (`for … of`, spread,
 * `Array.from`), and `get(row)` inside a loop.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const dataNeverBecomesRows = {
  meta: {
    type: 'problem',
    docs: { description: 'Arrow data never becomes JavaScript rows' },
    messages: {
      conversion:
        '{{method}}() makes one JavaScript value per row of an Arrow {{type}}: data never becomes rows',
      iteration: 'iterating an Arrow {{type}} makes one JavaScript value per row: data never becomes rows',
      access: 'get() in a loop reads an Arrow {{type}} row by row: data never becomes rows',
    },
    schema: [],
  },
  create(context) {
    /** @type {{ getTypeAtLocation(node: Node): import('typescript').Type }} */
    const services = context.sourceCode.parserServices

    /**
     * The name of the Arrow class that `node` is an instance of.
     *
     * @param {Node} node
     */
    function arrowTypeOf(node) {
      return arrowClass(services.getTypeAtLocation(node))
    }

    /** @param {Node} node */
    function reportIteration(node) {
      const type = arrowTypeOf(node)
      if (type) context.report({ node, messageId: 'iteration', data: { type } })
    }

    return {
      CallExpression(node) {
        const { callee } = node
        if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return
        const method = callee.property.name
        if (callee.object.type === 'Identifier' && callee.object.name === 'Array' && method === 'from') {
          const [source] = node.arguments
          if (source) reportIteration(source)
          return
        }
        if (!['toArray', 'toJSON', 'get'].includes(method)) return
        const type = arrowTypeOf(callee.object)
        if (!type) return
        if (method !== 'get') context.report({ node, messageId: 'conversion', data: { method, type } })
        else if (context.sourceCode.getAncestors(node).some((ancestor) => loops.has(ancestor.type)))
          context.report({ node, messageId: 'access', data: { type } })
      },
      ForOfStatement(node) {
        reportIteration(node.right)
      },
      SpreadElement(node) {
        reportIteration(node.argument)
      },
    }
  },
}

/**
 * @param {import('typescript').Type} type
 * @returns {string | undefined}
 */
function arrowClass(type) {
  if (type.isUnionOrIntersection()) return type.types.map(arrowClass).find((name) => name !== undefined)
  const symbol = type.getSymbol()
  if (!symbol || !columnar.has(symbol.name)) return undefined
  const fromArrow = symbol.declarations?.some((declaration) =>
    declaration.getSourceFile().fileName.includes('/apache-arrow/'),
  )
  return fromArrow ? symbol.name : undefined
}
