import { LakebookError, type SourceSpan } from '../errors.ts'
import { describeValue, scalar, type LambdaValue } from './values.ts'

/** What a lambda makes of a column's name, which is known when the cell is read. */
export function nameFrom(lambda: LambdaValue, name: string, span: SourceSpan | undefined): string {
  const made = lambda.call({ args: [scalar(name)], keywords: [], span })
  if (made.kind === 'scalar' && typeof made.value === 'string') return made.value
  throw new LakebookError('type', `The lambda makes ${describeValue(made)} of a name, not a text`, { span })
}
