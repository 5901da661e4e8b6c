import type { PolarsCatalog } from './catalog-tables.ts'
import type { Frame } from './frame.ts'
import type { BoundArguments, Parameter } from './parameters.ts'
import type { Value } from './values.ts'

export interface FrameMethod {
  readonly name: string
  readonly params: readonly Parameter[]
  /** Keywords that are no parameters name further expressions: `with_columns(b=pl.col("a"))`. */
  readonly namedOutputs?: boolean
  /** Keywords are conditions on columns: `filter(a=1)`. */
  readonly namedConstraints?: boolean
  run(frame: Frame, args: BoundArguments, catalog: PolarsCatalog): Value
}

/** A method that gives a frame. */
export function method(
  name: string,
  params: readonly Parameter[],
  run: (frame: Frame, args: BoundArguments, catalog: PolarsCatalog) => Frame,
  namedOutputs = false,
): FrameMethod {
  return {
    name,
    params,
    namedOutputs,
    run: (frame, args, catalog) => ({ kind: 'frame', frame: run(frame, args, catalog) }),
  }
}
