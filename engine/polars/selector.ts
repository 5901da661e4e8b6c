import type { DataType } from '../arrow/types.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import type { Column } from '../plan/plan.ts'
import { unknownColumn } from './unknown-name.ts'

/** Which of a frame's columns are meant: `pl.col(...)`, `pl.all()`, `.exclude(...)` and `cs.*`. */
export type ColumnSelector =
  | { readonly kind: 'names'; readonly names: readonly string[]; readonly required: boolean }
  | { readonly kind: 'pattern'; readonly pattern: string }
  | { readonly kind: 'types'; readonly label: string; matches(type: DataType): boolean }
  | { readonly kind: 'all' }
  | { readonly kind: 'position'; readonly index: number }
  /** One after the other, each column once. */
  | { readonly kind: 'sequence'; readonly selectors: readonly ColumnSelector[] }
  | {
      readonly kind: 'union' | 'intersection' | 'difference' | 'symmetric_difference'
      readonly left: ColumnSelector
      readonly right: ColumnSelector
    }

/** The columns meant, in the frame's order (names and positions: in the order given). Throws `unknown_column`. */
export function selectColumns(
  selector: ColumnSelector,
  columns: readonly Column[],
  span: SourceSpan | undefined,
): readonly Column[] {
  switch (selector.kind) {
    case 'names':
      return selector.names.flatMap((name) => {
        const column = columns.find((candidate) => candidate.name === name)
        if (column === undefined && selector.required) throw unknownColumn(name, columns, span)
        return column ?? []
      })
    case 'pattern': {
      const pattern = compilePattern(selector.pattern, span)
      return columns.filter((column) => pattern.test(column.name))
    }
    case 'types':
      return columns.filter((column) => selector.matches(column.type))
    case 'all':
      return columns
    case 'position': {
      const column = columns.at(selector.index)
      if (column === undefined) {
        throw new LakebookError(
          'unknown_column',
          `There is no column number ${selector.index}; the frame has ${columns.length}`,
          {
            span,
          },
        )
      }
      return [column]
    }
    case 'sequence':
      return [...new Set(selector.selectors.flatMap((one) => selectColumns(one, columns, span)))]
    case 'union':
    case 'intersection':
    case 'difference':
    case 'symmetric_difference': {
      const left = new Set(selectColumns(selector.left, columns, span))
      const right = new Set(selectColumns(selector.right, columns, span))
      return columns.filter((column) => {
        if (selector.kind === 'union') return left.has(column) || right.has(column)
        if (selector.kind === 'symmetric_difference') return left.has(column) !== right.has(column)
        return left.has(column) && right.has(column) === (selector.kind === 'intersection')
      })
    }
  }
}

/** True when the selector names one column whatever the frame is. */
export function isSingleName(selector: ColumnSelector): boolean {
  return selector.kind === 'names' && selector.required && selector.names.length === 1
}

/** `pl.col("^a.*$")` is a pattern; any other text is a name. */
export function selectorForName(name: string): ColumnSelector {
  return name.startsWith('^') && name.endsWith('$')
    ? { kind: 'pattern', pattern: name }
    : { kind: 'names', names: [name], required: true }
}

export function selectorForNames(names: readonly string[]): ColumnSelector {
  const first = names[0]
  if (names.length === 1 && first !== undefined) return selectorForName(first)
  if (names.some((name) => selectorForName(name).kind === 'pattern')) {
    return { kind: 'sequence', selectors: names.map(selectorForName) }
  }
  return { kind: 'names', names, required: true }
}

function compilePattern(pattern: string, span: SourceSpan | undefined): RegExp {
  try {
    return new RegExp(pattern, 'u')
  } catch (cause) {
    throw new LakebookError('invalid_argument', `\`${pattern}\` is not a regular expression`, { span, cause })
  }
}
