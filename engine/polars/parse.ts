import type { SyntaxNode } from '@lezer/common'
import { LakebookError, nestedTooDeep, unsupported, type SourceSpan } from '../errors.ts'
import type { BinaryOperator, Statement, Syntax } from './ast.ts'
import { outsideSubset } from './outside-subset.ts'
import { namesOf, parseBranches, parseFunction, parseLoop, parseReturn } from './parse-blocks.ts'
import { childrenOf, parseExpression } from './parse-expression.ts'
import { parseTree } from './parse-tree.ts'
import { SourceText } from './source-text.ts'

/**
 * A Polars cell's statements. The text is only ever read: what is Python but no part of the subset is refused by name.
 * Throws `syntax` with line and column, `forbidden`, or `unsupported`.
 */
export function parsePolars(text: string): Statement[] {
  const source = new SourceText(text)
  const tree = parseTree(text)
  const failure = syntaxError(source, tree.topNode)
  if (failure !== null) throw failure
  return childrenOf(tree.topNode).flatMap((node) => parseStatement(source, node))
}

const KNOWN_IMPORTS: readonly RegExp[] = [
  /^import polars(?: as pl)?$/,
  /^import polars\.selectors as cs$/,
  /^from polars import selectors as cs$/,
  /^import datetime$/,
  /^from datetime import \(?(?:datetime|date|timedelta|time)(?:, ?(?:datetime|date|timedelta|time))*,?\)?$/,
]

function parseStatement(source: SourceText, node: SyntaxNode): Statement[] {
  const span = source.span(node.from, node.to)
  switch (node.name) {
    case 'StatementGroup':
      return childrenOf(node).flatMap((child) => (child.name === ';' ? [] : parseStatement(source, child)))
    case 'PassStatement':
      return []
    case 'ImportStatement': {
      const text = source.slice(node.from, node.to).replaceAll(/\s+/g, ' ')
      if (KNOWN_IMPORTS.some((known) => known.test(text))) return []
      const alias = /^import datetime as (\w+)$/.exec(text)?.[1]
      if (alias !== undefined) {
        const value = { kind: 'name', name: 'datetime', span } as const
        return [{ kind: 'value', target: { name: alias, span }, value, span }]
      }
      throw new LakebookError(
        'forbidden',
        `\`${text}\` cannot be part of a Polars cell (line ${span.line})`,
        {
          span,
          hint: 'Only polars, polars.selectors and datetime can be imported: `import polars as pl`, `import polars.selectors as cs`, `from datetime import datetime, date, timedelta`.',
        },
      )
    }
    case 'ExpressionStatement': {
      const parts = childrenOf(node)
      const [first] = parts
      if (first === undefined) return []
      if (parts.length > 1)
        throw unsupported('A tuple as a result', span, 'Let the cell end with one frame or expression.')
      return [{ kind: 'value', target: null, value: parseExpression(source, first), span }]
    }
    case 'ForStatement':
      return [parseLoop(source, node, parseStatement)]
    case 'IfStatement':
      return [parseBranches(source, node, parseStatement)]
    case 'FunctionDefinition':
      return [parseFunction(source, node, parseStatement)]
    case 'ReturnStatement':
      return [parseReturn(source, node)]
    case 'UpdateStatement': {
      const [target, operator, value] = childrenOf(node)
      if (target?.name !== 'VariableName' || operator === undefined || value === undefined)
        throw outsideSubset(node.name, span)
      const name = source.slice(target.from, target.to)
      const targetSpan = source.span(target.from, target.to)
      const op = source.slice(operator.from, operator.to - 1) as BinaryOperator
      const left = { kind: 'name', name, span: targetSpan } as const
      const sum: Syntax = { kind: 'binary', op, left, right: parseExpression(source, value), span }
      return [{ kind: 'value', target: { name, span: targetSpan }, value: sum, span }]
    }
    case 'AssignStatement':
      return parseAssignment(source, node)
    default:
      throw outsideSubset(node.name, span)
  }
}

/** `a = value`, `a = b = value`, `a, b = value, value`. */
function parseAssignment(source: SourceText, node: SyntaxNode): Statement[] {
  const span = source.span(node.from, node.to)
  const groups: SyntaxNode[][] = [[]]
  for (const part of childrenOf(node)) {
    if (part.name === 'AssignOp') groups.push([])
    else if (part.name !== 'TypeDef' && part.name !== ',') groups.at(-1)!.push(part)
  }
  const values = groups.pop() ?? []
  const written = values.map((value) => parseExpression(source, value))
  return groups.flatMap((group): Statement | Statement[] => {
    const one = separately(source, group, values, written, span)
    if (one !== null) return one
    const [target] = group
    const value: Syntax | undefined = values.length > 1 ? { kind: 'tuple', items: written, span } : written[0]
    if (target === undefined || value === undefined) throw outsideSubset(node.name, span)
    if (group.length > 1 || target.name === 'TupleExpression')
      return { kind: 'unpack', targets: namesOf(source, group, span), value, span }
    if (target.name === 'MemberExpression') return parseItem(source, target, value, span)
    const name = source.slice(target.from, target.to)
    return { kind: 'value', target: { name, span: source.span(target.from, target.to) }, value, span }
  })
}

/** `a, b = 1, 2` as two assignments; null where a value reads one of the names. */
function separately(
  source: SourceText,
  targets: readonly SyntaxNode[],
  values: readonly SyntaxNode[],
  written: readonly Syntax[],
  span: SourceSpan,
): Statement[] | null {
  if (values.length < 2 || targets.length !== values.length) return null
  if (targets.some((target) => target.name !== 'VariableName')) return null
  const text = (node: SyntaxNode) => source.slice(node.from, node.to)
  const words = new Set(values.flatMap((value) => text(value).match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? []))
  if (targets.some((target) => words.has(text(target)))) return null
  return targets.map((target, i) => ({
    kind: 'value',
    target: { name: text(target), span: source.span(target.from, target.to) },
    value: written[i]!,
    span,
  }))
}

/** `name[index] = value`. */
function parseItem(source: SourceText, target: SyntaxNode, value: Syntax, span: SourceSpan): Statement {
  const place = parseExpression(source, target)
  if (place.kind === 'subscript' && place.object.kind === 'name')
    return { kind: 'item', name: place.object.name, index: place.index, value, span }
  throw unsupported(
    'An assignment to part of a frame',
    span,
    'Use frame = frame.with_columns(expression.alias("name")).',
  )
}

const OPENINGS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/** Deeper trees come cut off: Lezer lists their nodes side by side, and not all of them. */
const MOST_LEVELS = 2490

function firstError(top: SyntaxNode): SyntaxNode | null {
  const cursor = top.cursor()
  let levels = 0
  while (!cursor.type.isError) {
    if (cursor.firstChild()) {
      levels += 1
      if (levels > MOST_LEVELS) throw nestedTooDeep()
      continue
    }
    while (!cursor.nextSibling()) {
      if (!cursor.parent()) return null
      levels -= 1
    }
  }
  return cursor.node
}

/** The first thing that the grammar could not read, in plain words; null when there is none. */
function syntaxError(source: SourceText, top: SyntaxNode): LakebookError | null {
  const error = firstError(top)
  if (error === null) return null

  const rest = source.slice(error.from, source.text.length)
  const atEnd = rest.replaceAll(/#.*/g, '').trim() === ''
  for (let node = error.parent; node !== null; node = node.parent) {
    const opening = childrenOf(node)[0]
    const closing = OPENINGS[opening?.name ?? '']
    if (opening === undefined || closing === undefined || !(atEnd || node.lastChild?.type.isError === true))
      continue
    const span = source.span(opening.from, opening.to)
    return new LakebookError(
      'syntax',
      `The bracket \`${opening.name}\` on line ${span.line}, column ${span.column} is not closed`,
      { span, hint: `Add \`${closing}\`.` },
    )
  }
  const word = /^\s*(\S[^\s()[\]{},.]*)/.exec(rest)?.[1]
  const start = error.from + (atEnd ? 0 : rest.length - rest.trimStart().length)
  const span = source.span(start, start + (word?.length ?? 0))
  const where = `line ${span.line}, column ${span.column}`
  if (atEnd || word === undefined)
    return new LakebookError('syntax', `The cell ends in the middle of an expression (${where})`, { span })
  return new LakebookError('syntax', `Python does not allow \`${word}\` here (${where})`, { span })
}
