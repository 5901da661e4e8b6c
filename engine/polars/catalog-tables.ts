import { types, type DataType } from '../arrow/types.ts'
import type { CatalogReader } from '../binder/environment.ts'
import { castTo } from '../binder/coerce.ts'
import { planOf } from '../binder/from.ts'
import { shownType } from '../binder/named-types.ts'
import { rootEnvironment } from '../binder/query.ts'
import { nearestName } from '../catalog/nearest-name.ts'
import type { TableProvider } from '../catalog/table-provider.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import type { Scan } from '../plan/plan.ts'
import { frameOfPlan, projectFrame, reopenedFrame, type Frame } from './frame.ts'

/** The names that a Polars cell can use, the same as SQL's. */
export interface PolarsCatalog extends CatalogReader {
  /** Frames that the cell has given names so far. Absent: none. */
  frames?(): ReadonlyMap<string, Frame>
}

export function scanTable(name: string, provider: TableProvider): Frame {
  const columns = provider.schema.fields.map((field, source) => ({
    ...newColumn(field.name, field.type, field.nullable),
    source,
  }))
  const plan: Scan = { kind: 'scan', table: name, provider, columns, filters: [], predicates: [] }
  return frameOfPlan(plan)
}

/** The table, view or frame of this name; null when there is none. */
export function frameOfName(
  catalog: PolarsCatalog,
  name: string,
  span: SourceSpan | undefined,
): Frame | null {
  const entry = catalog.table(name)
  if (entry === null) return null
  switch (entry.kind) {
    case 'table':
      return withCellTypes(scanTable(entry.name, entry.provider))
    case 'frame':
      return reopenedFrame(entry.plan)
    case 'view': {
      const plan = planOf(
        rootEnvironment(catalog, () => new Date()),
        entry,
        span,
      )
      return withCellTypes(renamed(reopenedFrame(plan), entry.columns))
    }
  }
}

/** What SQL has as an enum is text in a cell, and timestamps of any precision have microseconds. */
export function withCellTypes(frame: Frame): Frame {
  const wanted = frame.columns.map(({ type }) => cellType(type))
  if (frame.columns.every(({ type }, index) => type === wanted[index])) return frame
  const outputs = frame.columns.map((column, index) => ({
    name: column.name,
    expression: castTo(columnReference(column), wanted[index]!),
  }))
  return projectFrame(frame, outputs)
}

function cellType(type: DataType): DataType {
  return ['timestamp_s', 'timestamp_ms', 'timestamp_ns'].includes(type.kind)
    ? types.timestamp
    : shownType(type)
}

function renamed(frame: Frame, names: readonly string[]): Frame {
  if (names.length === 0) return frame
  const outputs = frame.columns.map((column, i) => ({
    name: names[i] ?? column.name,
    expression: columnReference(column),
  }))
  return projectFrame(frame, outputs)
}

/** The file that `pl.read_parquet` names: by its registered name, with or without its ending and folders. */
export function frameOfFile(catalog: PolarsCatalog, path: string, span: SourceSpan | undefined): Frame {
  const base = path.replace(/^.*[\\/]/, '')
  const stem = base.replace(/\.[^.]+$/, '')
  for (const name of [path, base, stem]) {
    const frame = frameOfName(catalog, name, span)
    if (frame !== null) return frame
  }
  const near = nearestName(base, catalog.names()) ?? nearestName(stem, catalog.names())
  const known = catalog.names().slice(0, 10).join(', ')
  throw new LakebookError('unknown_table', `There is no file "${path}" in this notebook`, {
    span,
    hint:
      near !== null
        ? `Did you mean "${near}"?`
        : known === ''
          ? 'Drop the file on the page first; nothing is read from your disk by itself.'
          : `Drop the file on the page first. There are ${known}.`,
  })
}
