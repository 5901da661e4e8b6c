import { LakebookError, type SourceSpan } from '../errors.ts'
import type { SqlExpression, UserMacro } from '../sql/ast.ts'
import { replaceExpressions } from '../sql/rewrite.ts'
import { sameName } from './scope.ts'

/** The body of a macro with the arguments of a call in the place of its parameters. */
export function expandMacro<Body>(
  { name, parameters }: UserMacro,
  body: Body,
  args: readonly SqlExpression[],
  span: SourceSpan | undefined,
): Body {
  const least = parameters.filter((parameter) => parameter.default === null).length
  if (args.length < least || args.length > parameters.length) {
    const wanted = parameters.map((parameter) => parameter.name.name).join(', ')
    throw new LakebookError('type', `${name.name} takes (${wanted}), not ${args.length} arguments`, { span })
  }
  return replaceExpressions(
    body,
    (node) => {
      if (node.kind !== 'identifier' || node.parts.length !== 1) return null
      const index = parameters.findIndex((parameter) => sameName(parameter.name.name, node.parts[0]!.name))
      return index < 0 ? null : (args[index] ?? parameters[index]!.default)
    },
    true,
  )
}
