import { types } from '../../arrow/types.ts'
import { unsupported } from '../../errors.ts'
import type { Expression } from '../../plan/plan.ts'
import type { ElementMethod } from '../expression-method.ts'
import { call, caseWhen, castTo, int64, literal } from '../lowered.ts'
import { optional, required } from '../parameters.ts'
import { structOfFields } from './structs.ts'
import { text, textMethod } from './text.ts'

function parts(value: Expression, by: Expression) {
  const list = call('string_split', [value, by])
  const count = castTo(call('len', [list]), types.int64)
  return { list, count, at: (index: number) => call('list_get', [list, int64(index)]) }
}

/** Names of the groups of a pattern, by their numbers where they have none. */
function groupsOf(pattern: string): readonly string[] {
  const names: string[] = []
  const isPlain = /\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?P?<([A-Za-z_]\w*)>|(?!\?))/g
  for (const [found, name] of pattern.matchAll(isPlain))
    if (found.startsWith('(')) names.push(name ?? String(names.length + 1))
  return names
}

/** Texts cut into parts that become the fields of a struct. */
export const textPartMethods: readonly ElementMethod[] = [
  textMethod(
    'split_exact',
    [required('by', 'operand'), required('n', 'int'), optional('inclusive', 'bool')],
    (value, operands, node) => {
      const by = operands[1]!.expression
      const { at, count } = parts(value, by)
      const most = node.args.int('n', 1) + 1
      const isLast = (i: number) => call('=', [count, int64(i + 1)])
      const field = (i: number) =>
        node.args.bool('inclusive', false)
          ? caseWhen(
              [
                {
                  when: call('and', [isLast(i), call('=', [at(i), text('')])]),
                  then: literal(null, types.utf8),
                },
                { when: isLast(i), then: at(i) },
              ],
              call('||', [at(i), by]),
            )
          : at(i)
      return structOfFields(
        Array.from({ length: most }, (_, i) => [`field_${i}`, field(i)] as const),
        node.span,
      )
    },
  ),
  textMethod('splitn', [required('by', 'operand'), required('n', 'int')], (value, operands, node) => {
    const by = operands[1]!.expression
    const { list, count, at } = parts(value, by)
    const last = node.args.int('n', 1) - 1
    if (last < 0) throw node.args.invalid('n', 'a number above 0')
    const rest = call('array_to_string', [call('list_slice_by_offset', [list, int64(last)]), by])
    const remainder = caseWhen([{ when: call('>', [count, int64(last)]), then: rest }], null)
    const fields = Array.from({ length: last }, (_, i) => [`field_${i}`, at(i)] as const)
    return structOfFields([...fields, [`field_${last}`, remainder]], node.span)
  }),
  textMethod('extract_groups', [required('pattern', 'string')], (value, _operands, node) => {
    const pattern = node.args.string('pattern', '')
    const names = groupsOf(pattern)
    if (names.length === 0) throw node.args.invalid('pattern', 'a pattern with groups')
    const groups = structOfFields(
      names.map((name, i) => [
        name,
        call('str_extract', [value, text(pattern), literal(BigInt(i + 1), types.int32)]),
      ]),
      node.span,
    )
    return value.nullable
      ? caseWhen([{ when: call('is_not_null', [value]), then: groups }], literal(null, groups.type))
      : groups
  }),
  textMethod('json_path_match', [required('json_path', 'string')], (value, _operands, node) =>
    // what is no JSON has nothing at any place
    call('json_extract_string', [castTo(value, types.json, true), text(node.args.string('json_path', ''))]),
  ),
  textMethod('json_decode', [required('dtype', 'dtype')], (value, _operands, node) => {
    const type = node.args.dtype('dtype')
    if (type.kind !== 'struct' && type.kind !== 'list')
      throw unsupported('`str.json_decode` of plain values', node.span, 'Use str.json_path_match("$").')
    return castTo(castTo(value, types.json), type)
  }),
]
