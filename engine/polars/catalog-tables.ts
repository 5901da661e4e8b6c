import { LakebookError, type SourceSpan } from '../errors.ts'
import type { TableProvider } from '../catalog/table-provider.ts'
import { newColumn } from '../plan/column-ids.ts'
import type { LogicalPlan, Scan } from '../plan/plan.ts'
import { frameOfPlan, reopenedFrame, type Frame } from './frame.ts'
import { nearestName } from './nearest-name.ts'

/** What a name of the catalog stands for: a table, or a frame that an earlier cell assigned. */
export type PolarsTable =
  | { readonly kind: 'table'; readonly provider: TableProvider }
  | { readonly kind: 'frame'; readonly plan: LogicalPlan }

/** The names that a Polars cell can use. */
export interface PolarsCatalog {
  table(name: string): PolarsTable | null
  names(): readonly string[]
}

export function scanTable(name: string, provider: TableProvider): Frame {
  const columns = provider.schema.fields.map((field, source) => ({
    ...newColumn(field.name, field.type, field.nullable),
    source,
  }))
  const plan: Scan = { kind: 'scan', table: name, provider, columns, filters: [], predicates: [] }
  return frameOfPlan(plan)
}

export function frameOfTable(name: string, table: PolarsTable): Frame {
  return table.kind === 'table' ? scanTable(name, table.provider) : reopenedFrame(table.plan)
}

/** The file that `pl.read_parquet` names: by its registered name, with or without its ending and folders. */
export function frameOfFile(catalog: PolarsCatalog, path: string, span: SourceSpan | undefined): Frame {
  const base = path.replace(/^.*[\\/]/, '')
  const stem = base.replace(/\.[^.]+$/, '')
  for (const name of [path, base, stem]) {
    const table = catalog.table(name)
    if (table !== null) return frameOfTable(name, table)
  }
  const near = nearestName(base, catalog.names()) ?? nearestName(stem, catalog.names())
  const known = catalog.names().slice(0, 10).join(', ')
  throw new LakebookError('unknown_table', `There is no file "${path}" in this notebook`, {
    span,
    hint:
      near !== undefined
        ? `Did you mean "${near}"?`
        : known === ''
          ? 'Drop the file on the page first; nothing is read from your disk by itself.'
          : `Drop the file on the page first. There are ${known}.`,
  })
}
