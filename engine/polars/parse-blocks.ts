import type { SyntaxNode } from '@lezer/common'
import { unsupported, type SourceSpan } from '../errors.ts'
import type { FunctionParameter, Statement, Syntax } from './ast.ts'
import { outsideSubset } from './outside-subset.ts'
import { childrenOf, parseExpression } from './parse-expression.ts'
import type { SourceText } from './source-text.ts'

type ParseStatement = (source: SourceText, node: SyntaxNode) => Statement[]

function bodyOf(source: SourceText, body: SyntaxNode, parse: ParseStatement): Statement[] {
  return childrenOf(body).flatMap((node) => (node.name === ':' ? [] : parse(source, node)))
}

/** Names that a value is taken apart into: `a, b`, `(a, b)`. */
export function namesOf(source: SourceText, nodes: readonly SyntaxNode[], span: SourceSpan): string[] {
  return nodes.flatMap((node) => {
    if (/^[(),]$/.test(node.name)) return []
    if (node.name === 'TupleExpression') return namesOf(source, childrenOf(node), span)
    if (node.name === 'VariableName') return [source.slice(node.from, node.to)]
    throw unsupported('A value taken apart into anything but names', span, 'Write one name for each part.')
  })
}

/** `for a, b in items:` and what follows. */
export function parseLoop(source: SourceText, node: SyntaxNode, parse: ParseStatement): Statement {
  const span = source.span(node.from, node.to)
  const parts = childrenOf(node)
  const at = parts.findIndex((part) => part.name === 'in')
  const [over, body, ...others] = parts.slice(at + 1)
  if (over === undefined || body?.name !== 'Body' || parts.some((part) => part.name === 'async'))
    throw outsideSubset('ForStatement', span)
  if (others.length > 0) throw unsupported('`else` after a loop', span, 'Write it behind the loop.')
  return {
    kind: 'loop',
    targets: namesOf(source, parts.slice(1, at), span),
    value: parseExpression(source, over),
    body: bodyOf(source, body, parse),
    span,
  }
}

/** `if`, `elif` and `else`. */
export function parseBranches(source: SourceText, node: SyntaxNode, parse: ParseStatement): Statement {
  const span = source.span(node.from, node.to)
  const branches: { condition: Syntax | null; body: Statement[] }[] = []
  let condition: Syntax | null = null
  for (const part of childrenOf(node)) {
    if (part.name === 'Body') {
      branches.push({ condition, body: bodyOf(source, part, parse) })
      condition = null
    } else if (!/^(?:if|elif|else)$/.test(part.name)) condition = parseExpression(source, part)
  }
  return { kind: 'branch', branches, span }
}

/** `def name(a, b=1):` and what it does. */
export function parseFunction(source: SourceText, node: SyntaxNode, parse: ParseStatement): Statement {
  const span = source.span(node.from, node.to)
  const parts = childrenOf(node)
  const [name, list, body] = ['VariableName', 'ParamList', 'Body'].map((kind) =>
    parts.find((part) => part.name === kind),
  )
  if (name === undefined || list === undefined || body === undefined || parts[0]?.name !== 'def')
    throw outsideSubset('FunctionDefinition', span)
  return {
    kind: 'function',
    name: source.slice(name.from, name.to),
    parameters: parametersOf(source, list),
    body: bodyOf(source, body, parse),
    span,
  }
}

function parametersOf(source: SourceText, list: SyntaxNode): FunctionParameter[] {
  const found: FunctionParameter[] = []
  let isDefault = false
  for (const part of childrenOf(list)) {
    if (/^[(),/]$/.test(part.name) || part.name === 'TypeDef') continue
    if (part.name === 'AssignOp') isDefault = true
    else if (isDefault) {
      found.push({ ...found.pop()!, otherwise: parseExpression(source, part) })
      isDefault = false
    } else if (part.name === 'VariableName') {
      found.push({ name: source.slice(part.from, part.to), otherwise: null })
    } else {
      const span = source.span(part.from, part.to)
      throw unsupported('A parameter that takes any number of values', span, 'Name each parameter.')
    }
  }
  return found
}

/** `return value`, or several as one tuple. */
export function parseReturn(source: SourceText, node: SyntaxNode): Statement {
  const span = source.span(node.from, node.to)
  const items = childrenOf(node)
    .filter((part) => part.name !== 'return' && part.name !== ',')
    .map((part) => parseExpression(source, part))
  const [only] = items
  return { kind: 'return', value: items.length > 1 ? { kind: 'tuple', items, span } : (only ?? null), span }
}
