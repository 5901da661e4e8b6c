import { bindStatement } from '../binder/statement.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import { parseSql } from '../sql/parser.ts'
import type { PolarsCatalog } from './catalog-tables.ts'
import { finishedPlan, reopenedFrame, type Frame } from './frame.ts'

/** The rows of a query over the notebook's tables and these frames, by name. */
export function sqlFrame(
  text: string,
  catalog: PolarsCatalog,
  frames: ReadonlyMap<string, Frame>,
  span: SourceSpan | undefined,
): Frame {
  const names = new Map([...frames].map(([name, frame]) => [name.toLowerCase(), frame]))
  const reader: PolarsCatalog = {
    ...catalog,
    names: () => [...frames.keys(), ...catalog.names()],
    table(name) {
      const frame = names.get(name.toLowerCase())
      return frame === undefined ? catalog.table(name) : { kind: 'frame', name, plan: finishedPlan(frame) }
    },
  }
  try {
    const [first, ...others] = parseSql(text)
    if (first === undefined || others.length > 0) throw unsupported('Anything but one query in pl.sql', span)
    const statement = bindStatement(first.statement, reader)
    if (statement.kind !== 'query') throw unsupported('Anything but a query in pl.sql', span)
    return reopenedFrame(statement.plan)
  } catch (error) {
    // places in the query are not places in the cell
    if (error instanceof LakebookError)
      throw new LakebookError(error.code, error.message, { span, hint: error.hint })
    throw error
  }
}
