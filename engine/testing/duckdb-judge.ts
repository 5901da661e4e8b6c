import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeTZValue,
  DuckDBTimeValue,
  DuckDBTypeId,
  DuckDBUUIDValue,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api'
import { isInteger, structOf, types, type DataType } from '../arrow/types.ts'
import { RowTable } from './row-table.ts'
import type { Row, Value } from './reference-value.ts'

export interface JudgedResult {
  readonly columns: readonly { readonly name: string; readonly type: DataType }[]
  readonly rows: readonly Row[]
}

/** Native DuckDB, the judge of SQL semantics in tests. */
export class DuckDbJudge {
  readonly #connection: DuckDBConnection

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection
  }

  static async open(): Promise<DuckDbJudge> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
    return new DuckDbJudge(await instance.connect())
  }

  async run(sql: string): Promise<void> {
    await this.#connection.run(sql)
  }

  async query(sql: string): Promise<JudgedResult> {
    const reader = await this.#connection.runAndReadAll(sql)
    const columnTypes = reader.columnTypes()
    const columns = reader.columnNames().map((name, index) => ({ name, type: dataType(columnTypes[index]!) }))
    return {
      columns,
      rows: reader.getRows().map((row) => row.map((value, index) => toValue(value, columns[index]!.type))),
    }
  }

  /** The rows of a query as a table for the reference evaluator. */
  async table(sql: string): Promise<RowTable> {
    const { columns, rows } = await this.query(sql)
    return new RowTable(columns, rows)
  }

  close(): void {
    this.#connection.closeSync()
  }
}

const byTypeId: Partial<Record<DuckDBTypeId, DataType>> = {
  [DuckDBTypeId.BOOLEAN]: types.bool,
  [DuckDBTypeId.TINYINT]: types.int8,
  [DuckDBTypeId.SMALLINT]: types.int16,
  [DuckDBTypeId.INTEGER]: types.int32,
  [DuckDBTypeId.BIGINT]: types.int64,
  [DuckDBTypeId.UTINYINT]: types.uint8,
  [DuckDBTypeId.USMALLINT]: types.uint16,
  [DuckDBTypeId.UINTEGER]: types.uint32,
  [DuckDBTypeId.UBIGINT]: types.uint64,
  [DuckDBTypeId.HUGEINT]: types.hugeint,
  [DuckDBTypeId.FLOAT]: types.float32,
  [DuckDBTypeId.DOUBLE]: types.float64,
  [DuckDBTypeId.DATE]: types.date,
  [DuckDBTypeId.TIME]: types.time,
  [DuckDBTypeId.TIMESTAMP]: types.timestamp,
  [DuckDBTypeId.TIMESTAMP_NS]: { kind: 'timestamp_ns' },
  [DuckDBTypeId.TIMESTAMP_TZ]: { kind: 'timestamp', zone: 'UTC' },
  [DuckDBTypeId.TIME_TZ]: { kind: 'timetz' },
  [DuckDBTypeId.UUID]: { kind: 'uuid' },
  [DuckDBTypeId.INTERVAL]: types.interval,
  [DuckDBTypeId.VARCHAR]: types.utf8,
  [DuckDBTypeId.BLOB]: types.binary,
  [DuckDBTypeId.SQLNULL]: types.null,
}

function dataType(type: DuckDBType): DataType {
  if (type.typeId === DuckDBTypeId.DECIMAL)
    return { kind: 'decimal', precision: type.width, scale: type.scale }
  if (type instanceof DuckDBStructType) {
    const fields = type.entryNames.map((name, i) => ({ name, type: dataType(type.entryTypes[i]!) }))
    return structOf(fields)
  }
  if (type.typeId === DuckDBTypeId.LIST) return { kind: 'list', item: dataType(type.valueType) }
  const known = byTypeId[type.typeId]
  if (!known) throw new Error(`DuckDB type ${String(type)} has no counterpart here`)
  return known
}

/** Values of types that the reference evaluator does not know are their text. */
function toValue(value: DuckDBValue, type: DataType): Value {
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint' || typeof value === 'string')
    return value
  if (typeof value === 'number') return isInteger(type) ? BigInt(value) : value
  if (value instanceof DuckDBDecimalValue) return value.value
  if (value instanceof DuckDBDateValue) return BigInt(value.days)
  if (value instanceof DuckDBTimeValue) return value.micros
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return value.micros
  if (value instanceof DuckDBIntervalValue)
    return { months: value.months, days: value.days, micros: value.micros }
  if (value instanceof DuckDBBlobValue) return value.bytes
  if (
    value instanceof DuckDBTimestampNanosecondsValue ||
    value instanceof DuckDBTimeTZValue ||
    value instanceof DuckDBUUIDValue
  )
    return value.toString()
  if (value instanceof DuckDBListValue) {
    const item = type.kind === 'list' ? type.item : types.null
    return value.items.map((each) => toValue(each, item))
  }
  if (value instanceof DuckDBStructValue) return nestedText(value)
  throw new Error(`DuckDB value ${String(value)} has no counterpart here`)
}

/** As `cellsOf` has them: texts without quotes. */
function nestedText(value: DuckDBValue): string {
  if (value === null) return 'NULL'
  if (value instanceof DuckDBListValue) return `[${value.items.map(nestedText).join(', ')}]`
  if (value instanceof DuckDBStructValue) {
    const entries = Object.entries(value.entries).map(([name, each]) => `'${name}': ${nestedText(each)}`)
    return `{${entries.join(', ')}}`
  }
  return String(value)
}
