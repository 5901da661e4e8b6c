import type { DataType, Schema } from '../arrow/types.ts'
import type {
  ColumnStatistics,
  MorselLoader,
  ScanPlan,
  StatisticValue,
  TableProvider,
  TableStatistics,
} from '../catalog/table-provider.ts'
import type { CatalogEntry, CatalogReader } from '../binder/environment.ts'
import { compare, keyOf, type Row } from './reference-value.ts'

/** A table of plain JavaScript rows, for the reference evaluator alone: it has statistics but cannot be scanned. */
export class RowTable implements TableProvider {
  readonly format = 'test rows'
  readonly schema: Schema
  readonly rows: readonly Row[]
  readonly statistics: TableStatistics
  readonly bytes = 0
  readonly remote = null

  constructor(
    fields: readonly { readonly name: string; readonly type: DataType; readonly nullable?: boolean }[],
    rows: readonly Row[],
  ) {
    this.rows = rows
    this.schema = {
      fields: fields.map((field, index) => ({
        ...field,
        nullable: field.nullable ?? rows.some((row) => row[index] === null),
      })),
    }
    this.statistics = {
      rowCount: rows.length,
      columns: fields.map((_, index) => this.#columnStatistics(index)),
    }
  }

  #columnStatistics(index: number): ColumnStatistics {
    const values = this.rows.map((row) => row[index] ?? null).filter((value) => value !== null)
    const isScalar = values.every((value) => typeof value !== 'object' || value instanceof Uint8Array)
    const sorted: readonly (StatisticValue | undefined)[] = isScalar ? values.toSorted(compare) : []
    return {
      min: sorted.at(0) ?? null,
      max: sorted.at(-1) ?? null,
      nullCount: this.rows.length - values.length,
      distinctEstimate: new Set(values.map(keyOf)).size,
    }
  }

  planScan(): Promise<ScanPlan> {
    throw new Error('a RowTable is for the reference evaluator')
  }

  openLoader(): MorselLoader {
    throw new Error('a RowTable is for the reference evaluator')
  }
}

/** A catalog of test tables, views and frames. */
export class TestCatalog implements CatalogReader {
  readonly #entries = new Map<string, CatalogEntry>()

  add(name: string, table: RowTable): this {
    return this.set({ kind: 'table', name, provider: table, isChangeable: true })
  }

  set(entry: CatalogEntry): this {
    this.#entries.set(entry.name.toLowerCase(), entry)
    return this
  }

  table(name: string): CatalogEntry | null {
    return this.#entries.get(name.toLowerCase()) ?? null
  }

  names(): readonly string[] {
    return [...this.#entries.values()].map((entry) => entry.name)
  }
}
