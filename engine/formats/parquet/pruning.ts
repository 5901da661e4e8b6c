import type { DataType } from '../../arrow/types.ts'
import type {
  ColumnPredicate,
  PruningStep,
  ScanRequest,
  StatisticValue,
} from '../../catalog/table-provider.ts'
import { formatStatistic } from './format-statistic.ts'
import { comparable, compareValues, type ChunkBounds } from './statistics.ts'

const LEAST_KEY = -(2n ** 63n)
const GREATEST_KEY = 2n ** 63n - 1n

/** A file or row group that pruning decides about. */
export interface PruningUnit {
  readonly rows: number
  readonly bytes: number
  /** By column index of the table. */
  bounds(column: number): ChunkBounds
}

/** Why a unit goes or stays, for one predicate. */
export interface Verdict {
  readonly keep: boolean
  readonly because: string
}

interface Pruned<Unit> {
  readonly kept: readonly Unit[]
  readonly step: PruningStep
}

export type NamedColumns = readonly { readonly name: string; readonly type: DataType }[]

/**
 * Keeps every unit that might hold a row for which all predicates are true. Never drops such a unit: where statistics
 * leave room for doubt, it stays. Returns what stayed and the account of it.
 */
export function pruneUnits<Unit extends PruningUnit>(
  layer: string,
  units: readonly Unit[],
  predicates: readonly ColumnPredicate[],
  columns: NamedColumns,
): Pruned<Unit> {
  return pruneBy(layer, units, (unit) =>
    predicates.map((predicate) => ({ text: predicate.text, ...judge(unit, predicate, columns) })),
  )
}

/** As `pruneUnits`, by the keys that joins have use for. */
export function pruneByKeys<Unit extends PruningUnit>(
  units: readonly Unit[],
  keys: NonNullable<ScanRequest['keys']>,
  columns: NamedColumns,
): Pruned<Unit> {
  return pruneBy('join filter', units, (unit) =>
    keys.map(({ column, range }) => ({
      text: `${columns[column]?.name ?? column} among ${range.name}`,
      ...judgeKeys(unit, column, range, columns),
    })),
  )
}

/** Keeps the units that no verdict is against. */
export function pruneBy<Unit extends { readonly rows: number; readonly bytes: number }>(
  layer: string,
  units: readonly Unit[],
  judgements: (unit: Unit) => readonly (Verdict & { readonly text: string })[],
): Pruned<Unit> {
  const kept: Unit[] = []
  const removed = new Tally()
  const stayed = new Tally()
  for (const unit of units) {
    const verdicts = judgements(unit)
    const against = verdicts.find((verdict) => !verdict.keep)
    if (against !== undefined) {
      removed.add(against.text, against.because)
      continue
    }
    kept.push(unit)
    if (verdicts.length === 0) stayed.add('', 'no predicate that statistics can decide')
    else stayed.add('', verdicts.map((verdict) => verdict.because).join('; '))
  }
  const step: PruningStep = {
    layer,
    unitsIn: units.length,
    unitsKept: kept.length,
    rowsIn: total(units, 'rows'),
    rowsKept: total(kept, 'rows'),
    bytesIn: total(units, 'bytes'),
    bytesKept: total(kept, 'bytes'),
    removed: removed
      .entries()
      .map(({ predicate, reason, units: count }) => ({ predicate, reason, units: count })),
    kept: stayed.entries().map(({ reason, units: count }) => ({ reason, units: count })),
  }
  return { kept, step }
}

/** Keys are whole numbers, and so are bounds that can be compared with them. */
export function judgeKeys(
  unit: PruningUnit,
  column: number,
  range: NonNullable<ScanRequest['keys']>[number]['range'],
  columns: NamedColumns,
): Verdict {
  const { min, max, nullCount } = unit.bounds(column)
  const field = columns[column]
  if (field === undefined) return { keep: true, because: 'no such column' }
  const { name, type } = field
  if (unit.rows === 0) return { keep: false, because: 'no rows' }
  if (nullCount === unit.rows) return { keep: false, because: `${name} has only NULLs` }
  if (typeof min !== 'bigint' || typeof max !== 'bigint') {
    return range.mayHold(LEAST_KEY, GREATEST_KEY)
      ? { keep: true, because: `no statistics for column ${name}` }
      : { keep: false, because: 'there are no keys' }
  }
  const because = `${name} min ${formatStatistic(type, min)}, max ${formatStatistic(type, max)}`
  return { keep: range.mayHold(min, max), because }
}

export function judge(
  unit: PruningUnit,
  predicate: ColumnPredicate,
  columns: readonly { readonly name: string; readonly type: DataType }[],
): Verdict {
  const column = columns[predicate.column]
  if (column === undefined || unit.rows === 0) return { keep: unit.rows > 0, because: 'no rows' }
  const bounds = unit.bounds(predicate.column)
  const { name } = column
  const show = (value: StatisticValue) => formatStatistic(column.type, value)
  switch (predicate.kind) {
    case 'is_null':
      if (bounds.nullCount === null) return { keep: true, because: `no count of NULLs for column ${name}` }
      return {
        keep: bounds.nullCount > 0,
        because: `${name} has ${bounds.nullCount.toLocaleString('en')} NULLs`,
      }
    case 'is_not_null':
      if (bounds.nullCount === unit.rows) return { keep: false, because: `${name} has only NULLs` }
      return { keep: true, because: `${name} has values` }
    case 'in':
    case 'compare': {
      if (bounds.nullCount === unit.rows) return { keep: false, because: `${name} has only NULLs` }
      if (bounds.min === null && bounds.max === null) {
        return { keep: true, because: `no statistics for column ${name}` }
      }
      const because =
        `${name} min ${bounds.min === null ? 'unknown' : show(bounds.min)}, ` +
        `max ${bounds.max === null ? 'unknown' : show(bounds.max)}`
      const float = column.type.kind === 'float32' || column.type.kind === 'float64'
      const keep =
        predicate.kind === 'in'
          ? predicate.values.some((value) => mayHold('=', comparable(value), bounds, float))
          : mayHold(predicate.op, comparable(predicate.value), bounds, float)
      return { keep, because }
    }
  }
}

/**
 * Whether a value within the bounds may satisfy `value-of-row op value`. Bounds of floats leave out NaN, which may be
 * there all the same, and which is greater than everything: an upper bound proves nothing about `>`, `>=` and `<>`.
 */
function mayHold(
  op: '=' | '<>' | '<' | '<=' | '>' | '>=',
  value: StatisticValue,
  { min, max, exact }: ChunkBounds,
  float: boolean,
): boolean {
  if (Number.isNaN(value)) return true
  const aboveMin = min === null ? null : compareValues(value, min)
  const aboveMax = max === null ? null : compareValues(value, max)
  switch (op) {
    case '=':
      return !((aboveMin !== null && aboveMin < 0) || (aboveMax !== null && aboveMax > 0))
    case '<>':
      return float || !(exact && aboveMin === 0 && aboveMax === 0)
    case '<':
      return aboveMin === null || aboveMin > 0
    case '<=':
      return aboveMin === null || aboveMin >= 0
    case '>':
      return float || aboveMax === null || aboveMax < 0
    case '>=':
      return float || aboveMax === null || aboveMax <= 0
  }
}

function total(units: readonly Pick<PruningUnit, 'rows' | 'bytes'>[], what: 'rows' | 'bytes'): number {
  return units.reduce((sum, unit) => sum + unit[what], 0)
}

/** Units counted by reason; beyond a handful of reasons for one predicate the rest is one entry. */
class Tally {
  private readonly counts = new Map<string, Map<string, number>>()

  add(predicate: string, reason: string): void {
    const reasons = this.counts.get(predicate) ?? new Map<string, number>()
    this.counts.set(predicate, reasons)
    const key = reasons.has(reason) || reasons.size < MOST_REASONS ? reason : OTHER_REASONS
    reasons.set(key, (reasons.get(key) ?? 0) + 1)
  }

  entries(): { readonly predicate: string; readonly reason: string; readonly units: number }[] {
    return [...this.counts].flatMap(([predicate, reasons]) =>
      [...reasons].map(([reason, units]) => ({ predicate, reason, units })),
    )
  }
}

const MOST_REASONS = 20
const OTHER_REASONS = 'bounds of the same kind'
