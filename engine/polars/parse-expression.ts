import type { SyntaxNode } from '@lezer/common'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import type { KeywordArgument, Syntax } from './ast.ts'
import { OperatorParser, type Token } from './operator-parser.ts'
import { outsideSubset } from './outside-subset.ts'
import { parseNumber, parseString } from './parse-literals.ts'
import type { SourceText } from './source-text.ts'

export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'Comment') children.push(child)
  }
  return children
}

function spanOf(source: SourceText, node: SyntaxNode): SourceSpan {
  return source.span(node.from, node.to)
}

export function parseExpression(source: SourceText, node: SyntaxNode): Syntax {
  const span = spanOf(source, node)
  const text = source.slice(node.from, node.to)
  switch (node.name) {
    case 'VariableName':
      return { kind: 'name', name: text, span }
    case 'String':
      return { kind: 'string', value: parseString(text, span), span }
    case 'FormatString':
      return formatted(parseFormat(source, node), span)
    case 'ContinuedString':
      return formatted(
        childrenOf(node).flatMap((part) => parseFormat(source, part)),
        span,
      )
    case 'Number':
      return parseNumber(text, span)
    case 'Boolean':
      return { kind: 'boolean', value: text === 'True', span }
    case 'None':
      return { kind: 'none', span }
    case 'ParenthesizedExpression': {
      const inner = childrenOf(node).find((child) => child.name !== '(' && child.name !== ')')
      if (inner === undefined) throw outsideSubset(node.name, span)
      return parseExpression(source, inner)
    }
    case 'NamedExpression': {
      const [name, , value] = childrenOf(node)
      if (name === undefined || value === undefined) throw outsideSubset(node.name, span)
      return {
        kind: 'named',
        name: source.slice(name.from, name.to),
        value: parseExpression(source, value),
        span,
      }
    }
    case 'SetExpression':
      return { kind: 'list', items: parseItems(source, node), span }
    case 'ArrayExpression':
      return { kind: 'list', items: parseItems(source, node), span }
    case 'TupleExpression':
      return { kind: 'tuple', items: parseItems(source, node), span }
    case 'DictionaryExpression':
      return parseDict(source, node)
    case 'ConditionalExpression': {
      const [value, , condition, , otherwise] = childrenOf(node)
      if (value === undefined || condition === undefined || otherwise === undefined)
        throw outsideSubset(node.name, span)
      return {
        kind: 'conditional',
        condition: parseExpression(source, condition),
        value: parseExpression(source, value),
        otherwise: parseExpression(source, otherwise),
        span,
      }
    }
    case 'ArrayComprehensionExpression':
    case 'ComprehensionExpression':
    case 'DictionaryComprehensionExpression':
      return parseComprehension(source, childrenOf(node).slice(1, -1), span)
    case 'LambdaExpression':
      return parseLambda(source, node)
    case 'CallExpression':
      return parseCall(source, node)
    case 'MemberExpression':
      return parseMember(source, node)
    case 'UnaryExpression':
    case 'BinaryExpression':
      return new OperatorParser(source, flatten(source, node)).parse()
    default:
      throw outsideSubset(node.name, span)
  }
}

function parseItems(source: SourceText, node: SyntaxNode): Syntax[] {
  const items: Syntax[] = []
  for (const child of childrenOf(node)) {
    if (/^[()[\]{},]$/.test(child.name)) continue
    if (child.name === '*') continue
    const item = parseExpression(source, child)
    const isUnpacked = child.prevSibling?.name === '*'
    items.push(isUnpacked ? { kind: 'unpacked', value: item, span: item.span } : item)
  }
  return items
}

function formatted(parts: readonly (string | Syntax)[], span: SourceSpan): Syntax {
  const texts = parts.filter((part) => typeof part === 'string')
  if (texts.length < parts.length) return { kind: 'format', parts, span }
  return { kind: 'string', value: texts.join(''), span }
}

/** The texts and values of a plain or formatted string. */
function parseFormat(source: SourceText, node: SyntaxNode): (string | Syntax)[] {
  const span = spanOf(source, node)
  const text = source.slice(node.from, node.to)
  if (node.name === 'String') return [parseString(text, span)]
  if (node.name !== 'FormatString') throw outsideSubset(node.name, span)
  const [, prefix = '', quote = ''] = /^([a-zA-Z]*)("""|'''|"|')/.exec(text) ?? []
  const parts: (string | Syntax)[] = []
  const plain = (from: number, to: number) => {
    const body = source.slice(from, to).replaceAll('{{', '{').replaceAll('}}', '}')
    if (body !== '') parts.push(parseString(`${prefix.replaceAll(/f/gi, '')}${quote}${body}${quote}`, span))
  }
  let from = node.from + prefix.length + quote.length
  for (const replacement of childrenOf(node)) {
    if (replacement.name !== 'FormatReplacement') continue
    plain(from, replacement.from)
    from = replacement.to
    const [value, spec, ...others] = childrenOf(replacement).slice(1, -1)
    if (value === undefined || others.length > 0 || (spec !== undefined && spec.name !== 'FormatSpec')) {
      throw unsupported(
        'This inside an f-string',
        spanOf(source, replacement),
        'Write the value alone between the braces, or with a format such as :.2f.',
      )
    }
    const read = parseExpression(source, value)
    parts.push(
      spec === undefined
        ? read
        : { kind: 'formatted', value: read, spec: source.slice(spec.from + 1, spec.to), span: read.span },
    )
  }
  plain(from, node.to - quote.length)
  return parts
}

/** What stands between the brackets of a comprehension. */
function parseComprehension(source: SourceText, parts: readonly SyntaxNode[], span: SourceSpan): Syntax {
  const [first, colon, second] = parts
  const isDict = colon?.name === ':'
  const item = isDict ? second : first
  if (first === undefined || item === undefined || parts.some((part) => part.name === 'async'))
    throw outsideSubset('ComprehensionExpression', span)
  const clauses: { targets: string[]; iterable: Syntax; conditions: Syntax[] }[] = []
  let at = isDict ? 3 : 1
  while (at < parts.length) {
    const word = parts[at]?.name
    at++
    if (word === 'for') {
      const targets: string[] = []
      for (; at < parts.length && parts[at]?.name !== 'in'; at++) {
        const target = parts[at]!
        const names = target.name === 'TupleExpression' ? childrenOf(target) : [target]
        for (const one of names) {
          if (one.name === 'VariableName') targets.push(source.slice(one.from, one.to))
          else if (!/^[(),]$/.test(one.name)) throw outsideSubset('ComprehensionExpression', span)
        }
      }
      const iterable = parts[at + 1]
      if (iterable === undefined) throw outsideSubset('ComprehensionExpression', span)
      clauses.push({ targets, iterable: parseExpression(source, iterable), conditions: [] })
      at += 2
    } else if (word === 'if' && parts[at] !== undefined) {
      clauses.at(-1)?.conditions.push(parseExpression(source, parts[at]!))
      at++
    } else throw outsideSubset('ComprehensionExpression', span)
  }
  return {
    kind: 'comprehension',
    key: isDict ? parseExpression(source, first) : null,
    item: parseExpression(source, item),
    clauses,
    span,
  }
}

function parseLambda(source: SourceText, node: SyntaxNode): Syntax {
  const span = spanOf(source, node)
  const parts = childrenOf(node)
  const body = parts.at(-1)
  const list = parts.find((part) => part.name === 'ParamList')
  const names = list === undefined ? [] : childrenOf(list).filter((part) => part.name !== ',')
  if (body === undefined || names.some((part) => part.name !== 'VariableName')) {
    throw unsupported(
      'A lambda with anything but plain parameters',
      span,
      'Name its parameters alone: lambda frame: ...',
    )
  }
  return {
    kind: 'lambda',
    parameters: names.map((part) => source.slice(part.from, part.to)),
    body: parseExpression(source, body),
    span,
  }
}

function parseDict(source: SourceText, node: SyntaxNode): Syntax {
  const parts = childrenOf(node).filter((child) => !/^[{},:]$/.test(child.name))
  const entries: { key: Syntax | null; value: Syntax }[] = []
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const [key, value] = [parts[i]!, parts[i + 1]!]
    entries.push({
      key: key.name === '**' ? null : parseExpression(source, key),
      value: parseExpression(source, value),
    })
  }
  return { kind: 'dict', entries, span: spanOf(source, node) }
}

function parseCall(source: SourceText, node: SyntaxNode): Syntax {
  const [callee, list] = childrenOf(node)
  if (callee === undefined || list === undefined) throw outsideSubset(node.name, spanOf(source, node))
  const args: Syntax[] = []
  const keywords: KeywordArgument[] = []
  const parts = childrenOf(list)
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]
    if (part === undefined || /^[(),]$/.test(part.name)) continue
    const next = parts[i + 1]
    if ((part.name === '*' || part.name === '**') && next !== undefined) {
      const unpacked = parseExpression(source, next)
      if (part.name === '*') args.push({ kind: 'unpacked', value: unpacked, span: unpacked.span })
      else keywords.push({ name: null, value: unpacked, span: spanOf(source, part) })
      i++
      continue
    }
    const value = parts[i + 2]
    if (part.name === 'VariableName' && parts[i + 1]?.name === 'AssignOp' && value !== undefined) {
      const name = source.slice(part.from, part.to)
      if (source.slice(next!.from, next!.to) === ':=') {
        args.push({ kind: 'named', name, value: parseExpression(source, value), span: spanOf(source, part) })
        i += 2
        continue
      }
      keywords.push({ name, value: parseExpression(source, value), span: spanOf(source, part) })
      i += 2
    } else if (next?.name === 'for' || next?.name === 'async') {
      args.push(parseComprehension(source, parts.slice(1, -1), spanOf(source, list)))
      break
    } else {
      if (keywords.length > 0) {
        const span = spanOf(source, part)
        throw new LakebookError('syntax', 'A positional argument follows a keyword argument', {
          span,
          hint: 'Put positional arguments first.',
        })
      }
      args.push(parseExpression(source, part))
    }
  }
  return { kind: 'call', callee: parseExpression(source, callee), args, keywords, span: spanOf(source, node) }
}

function parseMember(source: SourceText, node: SyntaxNode): Syntax {
  const span = spanOf(source, node)
  const children = childrenOf(node)
  const [object, punctuation, member] = children
  if (object === undefined || member === undefined) throw outsideSubset(node.name, span)
  if (punctuation?.name === '.') {
    return {
      kind: 'attribute',
      object: parseExpression(source, object),
      name: source.slice(member.from, member.to),
      nameSpan: spanOf(source, member),
      span,
    }
  }
  const groups: SyntaxNode[][] = [[]]
  for (const child of children.slice(2, -1)) {
    if (child.name === ',') groups.push([])
    else groups.at(-1)!.push(child)
  }
  const items = groups.filter((group) => group.length > 0).map((group) => parseIndex(source, group, span))
  const first = items[0]
  if (first === undefined) throw outsideSubset(node.name, span)
  const index: Syntax = groups.length === 1 ? first : { kind: 'tuple', items, span }
  return { kind: 'subscript', object: parseExpression(source, object), index, span }
}

/** One of the things in square brackets: a value, or `start:stop:step`. */
function parseIndex(source: SourceText, parts: readonly SyntaxNode[], span: SourceSpan): Syntax {
  if (parts.every((part) => part.name !== ':')) {
    if (parts.length > 1) throw outsideSubset('MemberExpression', span)
    return parseExpression(source, parts[0]!)
  }
  const bounds: (Syntax | null)[] = [null]
  for (const part of parts) {
    if (part.name === ':') bounds.push(null)
    else bounds[bounds.length - 1] = parseExpression(source, part)
  }
  const [start = null, stop = null, step = null] = bounds
  return { kind: 'slice', start, stop, step, span }
}

/**
 * Operands and operators in the order of the text. The grammar gives `not a or b` as `not (a or b)` and chains of
 * comparisons as nested pairs, so precedence is worked out again below.
 */
function flatten(source: SourceText, node: SyntaxNode): Token[] {
  if (node.name !== 'BinaryExpression' && node.name !== 'UnaryExpression') {
    return [{ kind: 'operand', syntax: parseExpression(source, node) }]
  }
  const tokens: Token[] = []
  const children = childrenOf(node)
  for (let i = 0; i < children.length; i++) {
    const child = children[i]
    if (child === undefined) continue
    const isWord = /^(?:and|or|not|in|is)$/.test(child.name)
    if (!isWord && !/Op$/.test(child.name)) {
      tokens.push(...flatten(source, child))
      continue
    }
    let text = source.slice(child.from, child.to)
    const next = children[i + 1]
    if ((text === 'not' && next?.name === 'in') || (text === 'is' && next?.name === 'not')) {
      text = `${text} ${next.name}`
      i++
    }
    tokens.push({ kind: 'operator', text, span: spanOf(source, child) })
  }
  return tokens
}
