import { CATEGORY_OF_KEYWORD } from '../arrow/quoted-name.ts'
import { types } from '../arrow/types.ts'
import { zoneOffsetSeconds } from '../kernels/host-zone.ts'
import { rules } from '../optimizer/rules.ts'
import type { LiteralValue } from '../plan/plan.ts'
import type { CatalogTable } from './catalog-entries.ts'

const text = types.utf8

/** Names of types with what they go by, what kind they are of, and the bytes of a value. */
const TYPES: Readonly<Record<string, readonly [names: string, category: string | null, bytes: number]>> = {
  BOOLEAN: ['bool boolean logical', 'BOOLEAN', 1],
  TINYINT: ['int1 tinyint', 'NUMERIC', 1],
  SMALLINT: ['int16 int2 short smallint', 'NUMERIC', 2],
  INTEGER: ['int int32 int4 integer signed', 'NUMERIC', 4],
  BIGINT: ['bigint int64 int8 long oid', 'NUMERIC', 8],
  HUGEINT: ['hugeint int128', 'NUMERIC', 16],
  UTINYINT: ['uint8 utinyint', 'NUMERIC', 1],
  USMALLINT: ['uint16 usmallint', 'NUMERIC', 2],
  UINTEGER: ['uint32 uinteger', 'NUMERIC', 4],
  UBIGINT: ['ubigint uint64', 'NUMERIC', 8],
  FLOAT: ['float float4 real', 'NUMERIC', 4],
  DOUBLE: ['double float8', 'NUMERIC', 8],
  DECIMAL: ['dec decimal numeric', 'NUMERIC', 0],
  VARCHAR: ['bpchar char nvarchar string text varchar', 'STRING', 16],
  JSON: ['json', 'STRING', 16],
  BLOB: ['binary blob bytea varbinary', null, 16],
  BIT: ['bit bitstring', null, 16],
  UUID: ['guid uuid', null, 16],
  DATE: ['date', 'DATETIME', 4],
  TIME: ['time', 'DATETIME', 8],
  'TIME WITH TIME ZONE': ['timetz', 'DATETIME', 8],
  TIMESTAMP: ['datetime timestamp timestamp_us', 'DATETIME', 8],
  TIMESTAMP_S: ['timestamp_s', 'DATETIME', 8],
  TIMESTAMP_MS: ['timestamp_ms', 'DATETIME', 8],
  TIMESTAMP_NS: ['timestamp_ns', 'DATETIME', 8],
  'TIMESTAMP WITH TIME ZONE': ['timestamptz', 'DATETIME', 8],
  INTERVAL: ['interval', 'DATETIME', 16],
  ENUM: ['enum', 'CATEGORY', 0],
  LIST: ['list', 'COMPOSITE', 16],
  ARRAY: ['array', 'COMPOSITE', 0],
  STRUCT: ['row struct', 'COMPOSITE', 0],
  MAP: ['map', 'COMPOSITE', 16],
  UNION: ['union', 'COMPOSITE', 0],
  NULL: ['null', null, 1],
}

function typeRows(): readonly (readonly LiteralValue[])[] {
  const rows = Object.entries(TYPES).flatMap(([logical, [names, category, bytes]]) =>
    names.split(' ').map((name) => ['memory', 'main', name, BigInt(bytes), logical, category, true]),
  )
  return rows.toSorted((a, b) => (String(a[2]) < String(b[2]) ? -1 : 1))
}

/** How far a zone is from UTC at an instant, and whether it is farther than it is at some other time of the year. */
function zoneRow(name: string, nowMs: number): readonly LiteralValue[] {
  const offset = zoneOffsetSeconds(name, nowMs)
  const year = new Date(nowMs).getUTCFullYear()
  const least = Math.min(...[0, 6].map((month) => zoneOffsetSeconds(name, Date.UTC(year, month))))
  return [name, name, { months: 0, days: 0, micros: BigInt(offset) * 1_000_000n }, offset > least]
}

/** Tables about what SQL here has: words, types, rules, zones. */
export const wordTables: Readonly<Record<string, CatalogTable>> = {
  duckdb_keywords: {
    columns: [
      ['keyword_name', text],
      ['keyword_category', text],
    ],
    rows: () => [...CATEGORY_OF_KEYWORD].toSorted(([a], [b]) => (a < b ? -1 : 1)),
  },
  duckdb_types: {
    columns: [
      ['database_name', text],
      ['schema_name', text],
      ['type_name', text],
      ['type_size', types.int64],
      ['logical_type', text],
      ['type_category', text],
      ['internal', types.bool],
    ],
    rows: ({ catalog }) => [
      ...typeRows(),
      ...(catalog.typeNames?.() ?? []).map((name) => ['memory', 'main', name, 0n, 'ENUM', 'CATEGORY', false]),
    ],
  },
  duckdb_optimizers: {
    columns: [['name', text]],
    rows: () => rules.map(({ name }) => [name]),
  },
  pg_timezone_names: {
    columns: [
      ['name', text],
      ['abbrev', text],
      ['utc_offset', types.interval],
      ['is_dst', types.bool],
    ],
    rows: ({ nowMicros }) => {
      const nowMs = Number(nowMicros() / 1000n)
      return Intl.supportedValuesOf('timeZone').map((name) => zoneRow(name, nowMs))
    },
  },
}
