import { types } from '../../arrow/types.ts'
import type { Expression } from '../../plan/plan.ts'
import type { ElementMethod } from '../expression-method.ts'
import type { CallNode } from '../expression.ts'
import { call, caseWhen, castTo, literal, type Lowered } from '../lowered.ts'
import { optional, required } from '../parameters.ts'
import { polarsCast } from '../polars-cast.ts'
import { constant } from './constants.ts'
import { element, unified } from './elements.ts'
import { comparable } from './operators.ts'

/** Old and new values, as a dict or as two lists. */
function replacements(node: CallNode): { readonly from: Lowered; readonly to: Lowered }[] {
  const [old, fresh] = [node.args.value('old'), node.args.value('new')]
  if (old?.kind === 'dict')
    return old.entries.map(([from, to]) => ({ from: constant(from, node), to: constant(to, node) }))
  const from = old === undefined ? [] : old.kind === 'list' ? old.items : [old]
  const to = fresh === undefined ? [] : fresh.kind === 'list' ? fresh.items : from.map(() => fresh)
  if (from.length !== to.length)
    throw node.args.invalid('new', `${from.length} values, as many as \`old\` has`)
  return from.map((item, i) => ({ from: constant(item, node), to: constant(to[i]!, node) }))
}

function replace(operands: readonly Lowered[], node: CallNode): Expression {
  const value = operands[0]!
  return caseWhen(
    replacementBranches(value, node, { expression: value.expression, loose: false }),
    value.expression,
  )
}

function replaceStrict(operands: readonly Lowered[], node: CallNode): Expression {
  const value = operands[0]!
  const pairs = replacements(node)
  const otherwise = operands[1]
  const results = unified(
    [...pairs.map((pair) => pair.to), ...(otherwise === undefined ? [] : [otherwise])],
    node,
  )
  const branches = pairs.map((pair, i) => ({ when: sameAs(value, pair.from, node), then: results[i]! }))
  const last =
    otherwise === undefined
      ? castTo(literal(null, types.null), results[0]?.type ?? types.null)
      : results.at(-1)!
  const known = caseWhen(branches, last)
  const result =
    otherwise === undefined
      ? onlyMapped(
          known,
          value,
          branches.map(({ when }) => when),
          node,
        )
      : known
  return node.args.has('return_dtype') ? polarsCast(result, node.args.dtype('return_dtype'), true) : result
}

/** A value that nothing is given for fails the query. */
function onlyMapped(
  mapped: Expression,
  { expression }: Lowered,
  conditions: readonly Expression[],
  node: CallNode,
): Expression {
  const isMapped = conditions.map((condition) =>
    condition.nullable ? call('coalesce', [condition, literal(false, types.bool)]) : condition,
  )
  const isKnown = [call('is_null', [expression]), ...isMapped].reduce((a, b) => call('or', [a, b]))
  const message = literal(
    '`replace_strict` meets a value that it has no other for: give default=',
    types.utf8,
  )
  return { ...call('ensure', [mapped, isKnown, message], node.span), nullable: true }
}

function sameAs(value: Lowered, from: Lowered, node: CallNode): Expression {
  const { expression } = from
  if (expression.kind === 'literal' && expression.value === null) return call('is_null', [value.expression])
  return call('=', comparable('replace', value, from, node))
}

function replacementBranches(value: Lowered, node: CallNode, kept: Lowered) {
  return replacements(node).map(({ from, to }) => {
    const type = kept.expression.type
    return { when: sameAs(value, from, node), then: polarsCast(to.expression, type, false) }
  })
}

export const replacingMethods: readonly ElementMethod[] = [
  element('replace', [required('old', 'any'), optional('new', 'any')], replace),
  element(
    'replace_strict',
    [
      required('old', 'any'),
      optional('new', 'any'),
      optional('default', 'operand'),
      optional('return_dtype', 'dtype'),
    ],
    replaceStrict,
  ),
]
