import { types } from '../../arrow/types.ts'
import { unsupported } from '../../errors.ts'
import type { Expression } from '../../plan/plan.ts'
import type { ElementMethod } from '../expression-method.ts'
import type { CallNode } from '../expression.ts'
import { eachItem } from '../list-lambda.ts'
import { call, caseWhen, castTo, int64 } from '../lowered.ts'
import { optional, required } from '../parameters.ts'
import { decoded } from './bytes.ts'
import { text, textMethod } from './text.ts'

const folded = optional('ascii_case_insensitive', 'bool')
const overlapping = optional('overlapping', 'bool')
const leftmost = optional('leftmost', 'bool')

/**
 * A pattern that matches each of the texts. Without `leftmost`, Polars takes the match that ends first; that is the
 * leftmost one too where no text is part of another.
 */
function alternatives(texts: readonly string[], node: CallNode): Expression {
  if (texts.length === 0 || texts.includes(''))
    throw node.args.invalid('patterns', 'texts that are not empty')
  if (node.args.bool('overlapping', false)) throw node.args.invalid('overlapping', 'False')
  if (!node.args.bool('leftmost', false) && hasParts(texts)) {
    throw unsupported(
      `Texts of which one is part of another in \`${node.method.name}\``,
      node.span,
      'Add leftmost=True, and put the text that goes first at the front.',
    )
  }
  const quoted = texts.map((one) => one.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
  return text(`${isFolded(node) ? '(?i)' : ''}${quoted}`)
}

function isFolded(node: CallNode): boolean {
  return node.args.bool('ascii_case_insensitive', false)
}

function hasParts(texts: readonly string[]): boolean {
  return texts.some((one, i) => texts.some((other, j) => i !== j && other.includes(one)))
}

/** Old and new texts, as a dict or as two lists; one new text stands for all. */
function pairsOf(node: CallNode): readonly (readonly [string, string])[] {
  const given = node.args.value('patterns')
  const textOf = (value: unknown): string => {
    if (typeof value === 'string') return value
    throw node.args.invalid('patterns', 'texts')
  }
  if (given?.kind === 'dict')
    return given.entries.map(([from, to]) => [
      textOf(from.kind === 'scalar' ? from.value : null),
      textOf(to.kind === 'scalar' ? to.value : null),
    ])
  const from = node.args.strings('patterns')
  const to = node.args.strings('replace_with')
  if (to.length !== 1 && to.length !== from.length)
    throw node.args.invalid('replace_with', `one text, or ${from.length} of them`)
  return from.map((one, i) => [one, to.length === 1 ? to[0]! : to[i]!])
}

/** What lies between the matches, each piece with what stands for the match after it. */
function replacedMany(value: Expression, node: CallNode): Expression {
  const pairs = pairsOf(node)
  const pattern = alternatives(
    pairs.map(([from]) => from),
    node,
  )
  const fold = (one: Expression) => (isFolded(node) ? call('lower', [one]) : one)
  const replacement = (match: Expression) =>
    caseWhen(
      pairs.map(([from, to]) => ({ when: call('=', [fold(match), fold(text(from))]), then: text(to) })),
      text(''),
    )
  const matches = call('regexp_extract_all', [value, pattern])
  const joined = eachItem(call('regexp_split_to_array', [value, pattern]), (piece, place) =>
    call('||', [piece, replacement(call('list_get', [matches, call('-', [place, int64(1)])]))]),
  )
  return call('array_to_string', [joined, text('')])
}

/** Where each match begins, in bytes: after all that lies before it. */
function placesOfMany(value: Expression, node: CallNode): Expression {
  const pattern = alternatives(node.args.strings('patterns'), node)
  const matches = call('regexp_extract_all', [value, pattern])
  const pieces = call('regexp_split_to_array', [value, pattern])
  const joined = (list: Expression, count: Expression) =>
    call('strlen', [
      call('array_to_string', [call('list_slice_by_offset', [list, int64(0), count]), text('')]),
    ])
  return eachItem(matches, (_match, place) => {
    const earlier = joined(matches, call('-', [place, int64(1)]))
    return castTo(call('+', [joined(pieces, place), earlier]), types.uint32)
  })
}

/** Methods of texts that look for many texts at once, and those that change how a text is written. */
export const manyTextsMethods: readonly ElementMethod[] = [
  textMethod(
    'replace_many',
    [required('patterns', 'any'), optional('replace_with', 'any'), folded, leftmost],
    (value, _operands, node) => replacedMany(value, node),
  ),
  textMethod(
    'extract_many',
    [required('patterns', 'any'), folded, overlapping, leftmost],
    (value, _operands, node) =>
      call('regexp_extract_all', [value, alternatives(node.args.strings('patterns'), node)]),
  ),
  textMethod(
    'find_many',
    [required('patterns', 'any'), folded, overlapping, leftmost],
    (value, _operands, node) => placesOfMany(value, node),
  ),
  textMethod(
    'decode',
    [required('encoding', 'string'), optional('strict', 'bool')],
    (value, _operands, node) => decoded(value, node),
  ),
  textMethod('normalize', [optional('form', 'string')], (value, _operands, node) => {
    node.args.choice('form', ['NFC'], 'NFC')
    return call('nfc_normalize', [castTo(value, types.utf8)])
  }),
]
