import type { DataType } from '../../arrow/types.ts'
import type { ColumnPredicate, WantedFact } from '../../catalog/table-provider.ts'
import type { PruningUnit } from './pruning.ts'
import { comparable, compareValues } from './statistics.ts'

/**
 * Whether a predicate holds for every row of a unit. Bounds of floats say nothing of NaN, and where it is not known that
 * there are no NULLs there may be rows for which nothing holds.
 */
export function isCertain(unit: PruningUnit, predicate: ColumnPredicate, type: DataType): boolean {
  const { min, max, nullCount } = unit.bounds(predicate.column)
  if (predicate.kind === 'is_null') return nullCount === unit.rows
  if (nullCount !== 0) return false
  if (predicate.kind === 'is_not_null') return true
  if (min === null || max === null || type.kind === 'float32' || type.kind === 'float64') return false
  const isOne = compareValues(min, max) === 0
  if (predicate.kind === 'in') {
    return isOne && predicate.values.some((value) => compareValues(comparable(value), min) === 0)
  }
  const value = comparable(predicate.value)
  const [fromMin, fromMax] = [compareValues(min, value), compareValues(max, value)]
  switch (predicate.op) {
    case '=':
      return isOne && fromMin === 0
    case '<>':
      return fromMin > 0 || fromMax < 0
    case '<':
      return fromMax < 0
    case '<=':
      return fromMax <= 0
    case '>':
      return fromMin > 0
    case '>=':
      return fromMin >= 0
  }
}

/** Bounds are values that are there only for whole numbers, what is stored as such, and booleans: texts may be cut. */
export function isFactKnown(unit: PruningUnit, column: number, fact: WantedFact['fact']): boolean {
  const { min, max, exact, nullCount } = unit.bounds(column)
  if (nullCount === null) return false
  if (fact === 'nulls' || nullCount === unit.rows) return true
  const isValue = (bound: unknown): boolean => typeof bound === 'bigint' || typeof bound === 'boolean'
  return exact && isValue(min) && isValue(max)
}
