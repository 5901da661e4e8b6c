import { LakebookError, type SourceSpan } from '../errors.ts'
import type { Identifier, SqlExpression, UserMacro } from '../sql/ast.ts'
import { replaceExpressions } from '../sql/rewrite.ts'
import { sameName } from './scope.ts'

/** The body of a macro with the arguments of a call in the place of its parameters. */
export function expandMacro<Body>(
  { name, parameters }: UserMacro,
  body: Body,
  args: readonly SqlExpression[],
  span: SourceSpan | undefined,
  names: readonly (Identifier | null)[] = [],
): Body {
  const least = parameters.filter((parameter) => parameter.default === null).length
  if (args.length < least || args.length > parameters.length) {
    const wanted = parameters.map((parameter) => parameter.name.name).join(', ')
    throw new LakebookError('type', `${name.name} takes (${wanted}), not ${args.length} arguments`, { span })
  }
  const values = valuesOf(parameters, args, names)
  const missing = values.findIndex((value) => value === null)
  const stranger = names.find(
    (each) => each && !parameters.some(({ name: own }) => sameName(own.name, each.name)),
  )
  if (missing >= 0 || stranger) {
    const what = stranger
      ? `has no parameter ${stranger.name}`
      : `has no value for ${parameters[missing]!.name.name}`
    throw new LakebookError('type', `${name.name} ${what}`, { span: stranger?.span ?? span })
  }
  return replaceExpressions(
    body,
    (node) => {
      if (node.kind !== 'identifier' || node.parts.length !== 1) return null
      const index = parameters.findIndex((parameter) => sameName(parameter.name.name, node.parts[0]!.name))
      return index < 0 ? null : (values[index] ?? null)
    },
    true,
  )
}

/** By parameter: the argument of that name, or at its place, or what it is by default; null where there is none. */
function valuesOf(
  parameters: UserMacro['parameters'],
  args: readonly SqlExpression[],
  names: readonly (Identifier | null)[],
): readonly (SqlExpression | null)[] {
  return parameters.map(({ name, default: fallback }, place) => {
    const named = names.findIndex((each) => each !== null && sameName(each.name, name.name))
    if (named >= 0) return args[named] ?? null
    return (names[place] ? null : args[place]) ?? fallback
  })
}
