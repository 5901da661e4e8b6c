import { describe, expect, it } from 'vitest'
import { decimal, typeName, types, type DataType } from '../arrow/types.ts'
import { findScalar, resolveScalar, scalarFunctions, scalarNames } from './scalar-registry.ts'

const {
  int8,
  int16,
  int32,
  int64,
  uint32,
  float32,
  float64,
  date,
  timestamp,
  interval,
  utf8,
  bool,
  hugeint,
} = types

function typeOf(name: string, ...args: DataType[]): string | undefined {
  const resolved = resolveScalar(name, args)
  return resolved && typeName(resolved.type)
}

describe('the registry of scalar functions', () => {
  it('knows every name and alias once', () => {
    const names = scalarFunctions.flatMap((fn) => [fn.name, ...(fn.aliases ?? [])])
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
    expect(scalarNames().length).toBe(scalarFunctions.length)
  })

  it('finds names in any case', () => {
    expect(findScalar('SUBSTR')?.name).toBe('substring')
    expect(findScalar('nothing_like_it')).toBeUndefined()
  })

  // the types are those that DuckDB 1.5 gives with typeof()
  it.each([
    ['+', [int8, int16], 'SMALLINT'],
    ['+', [uint32, int32], 'BIGINT'],
    ['+', [int64, decimal(2, 1)], 'DECIMAL(21,1)'],
    ['+', [int32, decimal(2, 1)], 'DECIMAL(12,1)'],
    ['+', [decimal(18, 2), decimal(18, 2)], 'DECIMAL(18,2)'],
    ['+', [float32, int32], 'FLOAT'],
    ['+', [float32, decimal(2, 1)], 'FLOAT'],
    ['-', [int32, decimal(15, 2)], 'DECIMAL(16,2)'],
    ['*', [decimal(15, 2), decimal(16, 2)], 'DECIMAL(18,4)'],
    ['*', [int32, decimal(2, 1)], 'DECIMAL(12,1)'],
    ['*', [decimal(38, 0), int32], 'DECIMAL(38,0)'],
    ['/', [int32, int32], 'DOUBLE'],
    ['/', [float32, int32], 'FLOAT'],
    ['//', [int32, int64], 'BIGINT'],
    ['//', [decimal(2, 1), int32], 'DOUBLE'],
    ['%', [decimal(2, 1), int32], 'DECIMAL(11,1)'],
    ['+', [date, int32], 'DATE'],
    ['+', [int32, date], 'DATE'],
    ['-', [date, date], 'BIGINT'],
    ['+', [date, interval], 'TIMESTAMP'],
    ['-', [timestamp, timestamp], 'INTERVAL'],
    ['=', [int32, utf8], 'BOOLEAN'],
    ['floor', [decimal(2, 1)], 'DECIMAL(2,0)'],
    ['floor', [int32], 'DOUBLE'],
    ['round', [int32], 'INTEGER'],
    ['factorial', [int32], 'HUGEINT'],
    ['greatest', [int32, decimal(2, 1)], 'DECIMAL(11,1)'],
    ['coalesce', [float32, decimal(2, 1)], 'FLOAT'],
    ['date_trunc', [utf8, date], 'TIMESTAMP'],
    ['||', [utf8, int32], 'VARCHAR'],
    ['+', [hugeint, int32], 'HUGEINT'],
  ])('%s over %j', (name, args, expected) => {
    expect(typeOf(name, ...args)).toBe(expected)
  })

  it('lets literals decide where the type depends on them', () => {
    const type = decimal(4, 2)
    expect(typeName(resolveScalar('round', [type, int32], [undefined, 1n])!.type)).toBe('DECIMAL(4,1)')
    expect(typeName(resolveScalar('date_part', [utf8, timestamp], ['epoch', undefined])!.type)).toBe('DOUBLE')
    expect(typeName(resolveScalar('date_part', [utf8, timestamp], ['year', undefined])!.type)).toBe('BIGINT')
  })

  it('refuses what does not fit', () => {
    expect(resolveScalar('+', [bool, int32])).toBeUndefined()
    expect(resolveScalar('-', [int32, date])).toBeUndefined()
    expect(resolveScalar('length', [int32])).toBeUndefined()
    expect(resolveScalar('sqrt', [float64, float64])).toBeUndefined()
  })

  it('says whether a result can be NULL', () => {
    expect(resolveScalar('+', [int32, int32])!.nullability([false, false])).toBe(false)
    expect(resolveScalar('+', [int32, int32])!.nullability([false, true])).toBe(true)
    expect(resolveScalar('/', [int32, int32])!.nullability([false, false])).toBe(true)
    expect(resolveScalar('is_null', [int32])!.nullability([true])).toBe(false)
    expect(resolveScalar('coalesce', [int32, int32])!.nullability([true, false])).toBe(false)
    expect(resolveScalar('and', [bool, bool])!.nullability([true, false])).toBe(true)
  })
})
