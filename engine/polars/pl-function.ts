import type { PolarsCatalog } from './catalog-tables.ts'
import type { ExpressionMethod } from './expression-method.ts'
import type { PolarsExpression } from './expression.ts'
import type { BoundArguments, Parameter } from './parameters.ts'
import type { Value } from './values.ts'

/** A function under `pl.`. */
export interface PlFunction {
  readonly params: readonly Parameter[]
  /** Keywords that are no parameters name further expressions: `pl.struct(b=pl.col("a"))`. */
  readonly namedOutputs?: boolean
  run(args: BoundArguments, catalog: PolarsCatalog): Value
}

export function expressionValue(expression: PolarsExpression): Value {
  return { kind: 'expression', expression }
}

export function fromMethod(method: ExpressionMethod): PlFunction {
  return {
    params: method.params,
    run: (args) => expressionValue({ kind: 'call', method, args, span: args.span }),
  }
}
