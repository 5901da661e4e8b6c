import type { Identifier, SqlColumns } from '../ast.ts'
import {
  array,
  identifier,
  object,
  objectName,
  spanUnder,
  unsupportedNode,
  variant,
  type ConvertContext,
  type Raw,
} from './raw.ts'
import { convertStar } from './query.ts'

/** `COLUMNS(…)`, which the parser reads as a call; null for any other one. */
export function convertColumns(context: ConvertContext, node: Raw, raw: unknown): SqlColumns | null {
  const name = objectName(context, node['name']).at(-1)
  if (name?.name.toLowerCase() !== 'columns') return null
  const [form, list] = variant(node['args'])
  const args = form === 'List' ? array(object(list)['args']) : []
  const [kind, argument] = args.length === 1 ? variant(args[0]) : ['', undefined]
  if (kind !== 'Unnamed') {
    throw unsupportedNode(context, 'COLUMNS with anything but one argument', raw)
  }
  const isSpread = context.dialect.stars.spreads.has(name.span?.start ?? -1)
  const span = spanUnder(context, raw)
  // the parser does not say where the star is
  const named = name.span?.end ?? 0
  const pattern =
    [...context.dialect.stars.patterns].find(([at]) => at > named && at < named + 3)?.[1] ?? null
  const star = (table: Identifier | null, options: Raw): SqlColumns => ({
    kind: 'columns',
    selector: { ...convertStar(context, table, options, raw), names: pattern, span },
    isSpread,
    span,
  })
  const [what, value] = variant(argument)
  switch (what) {
    case 'Wildcard':
      return star(null, {})
    case 'WildcardWithOptions':
      return star(null, object(value))
    case 'QualifiedWildcard':
      return star(objectNameOf(context, value), {})
    default:
      return {
        kind: 'columns',
        selector: { kind: 'names', test: context.expression(value) },
        isSpread,
        span,
      }
  }
}

function objectNameOf(context: ConvertContext, value: unknown): Identifier | null {
  const part = array(value).at(-1)
  if (part === undefined) return null
  const [kind, content] = variant(part)
  return kind === 'Identifier' ? identifier(context, content) : identifier(context, part)
}
