import { types } from '../../arrow/types.ts'
import { internalError } from '../../errors.ts'
import { newColumn } from '../../plan/column-ids.ts'
import type { Column, Expression, Join } from '../../plan/plan.ts'
import { layoutRow, type RowLayout } from '../row-layout.ts'

/** A key as one side of the join computes it, and the column that holds it in a stored row. */
export interface JoinKey {
  readonly column: Column
  readonly expression: Expression
  /** NULL meets NULL. */
  readonly nullSafe: boolean
}

/** One input of a join as it is stored: its columns, then keys that are no columns. */
export interface JoinSide {
  readonly columns: readonly Column[]
  readonly stored: readonly Column[]
  readonly keys: readonly JoinKey[]
  readonly layout: RowLayout
  /** Rows with a NULL in a key that is not null-safe meet nothing and are not even stored. */
  readonly dropsNullKeys: boolean
}

/** What becomes of rows, told from the side that probes. */
export type JoinMode =
  /** Each meeting yields a row; `probe`: unmatched probe rows too; `build`: unmatched build rows too. */
  | {
      readonly kind: 'pairs'
      readonly keepProbe: boolean
      readonly keepBuild: boolean
      readonly single: boolean
    }
  /** Probe rows that meet something (semi), nothing (anti), or all with the answer in a column (mark). */
  | { readonly kind: 'probe'; readonly yields: 'semi' | 'anti' }
  | {
      readonly kind: 'mark'
      readonly mark: Column
      /** The one key is what IN compares, so that a NULL in it leaves the answer open. */
      readonly nullKeysDecide: boolean
    }
  /** Build rows that met something (semi) or nothing (anti). */
  | { readonly kind: 'build'; readonly yields: 'semi' | 'anti' }

export interface JoinShape {
  readonly mode: JoinMode
  readonly buildIsLeft: boolean
  readonly probe: JoinSide
  readonly build: JoinSide
  readonly residual: Expression | null
}

/** Bytes before the fields of a stored row. */
export const JOIN_HEADER = {
  /** u32. */
  hash: 0,
  /** u32: next row of the chain, 0 at its end. */
  next: 4,
  /** u32 of `JOIN_FLAGS`. */
  flags: 8,
  bytes: 16,
} as const

export const JOIN_FLAGS = {
  /** The row has met one of the other side. */
  matched: 1,
  /** A key is NULL: the row is in no chain. */
  loose: 2,
} as const

export function shapeJoin(plan: Join, left: readonly Column[], right: readonly Column[]): JoinShape {
  const buildIsLeft = buildsLeft(plan)
  const { keys, residual } = hashable(plan) ? plan : testedLast(plan)
  const mode = modeOf(plan, buildIsLeft)
  const keepsBuild = mode.kind === 'build' ? mode.yields === 'anti' : mode.kind === 'pairs' && mode.keepBuild
  const keepsProbe =
    mode.kind === 'mark' ||
    (mode.kind === 'pairs' && mode.keepProbe) ||
    (mode.kind === 'probe' && mode.yields === 'anti')
  const side = (columns: readonly Column[], which: 'left' | 'right', kept: boolean): JoinSide =>
    shapeSide(
      columns,
      keys.map((key) => ({ expression: key[which], nullSafe: key.nullSafe })),
      kept,
    )
  return {
    mode,
    buildIsLeft,
    probe: buildIsLeft ? side(right, 'right', keepsProbe) : side(left, 'left', keepsProbe),
    build: buildIsLeft ? side(left, 'left', keepsBuild) : side(right, 'right', keepsBuild),
    residual,
  }
}

/** Whether all keys can find what a row meets: not where a NULL in what IN compares counts only for rows that meet the rest. */
function hashable({ type, mark, keys, residual }: Join): boolean {
  if (type !== 'mark' || mark?.nullable !== true || keys.length === 0) return true
  return keys.length === 1 && residual === null
}

/** The same join with its first key as a condition, which alone may be NULL: to meet the others is a yes or no. */
function testedLast({ keys, residual }: Join): Pick<Join, 'keys' | 'residual'> {
  const { left, right, nullSafe } = keys[0]!
  const fn = nullSafe ? 'is_not_distinct_from' : '='
  const nullable = !nullSafe && (left.nullable || right.nullable)
  const tested: Expression = { kind: 'call', fn, args: [left, right], type: types.bool, nullable }
  const others = keys.slice(1)
  if (residual === null) return { keys: others, residual: tested }
  const no: Expression = { kind: 'literal', value: false, type: types.bool, nullable: false }
  const met: Expression = residual.nullable
    ? { kind: 'call', fn: 'coalesce', args: [residual, no], type: types.bool, nullable: false }
    : residual
  return {
    keys: others,
    residual: { kind: 'call', fn: 'and', args: [met, tested], type: types.bool, nullable },
  }
}

/** What a mark or a single join says of a left row depends on all right rows: those are always the build side. */
export function buildsLeft(plan: Join): boolean {
  return plan.buildSide === 'left' && plan.type !== 'mark' && plan.type !== 'single'
}

function modeOf(plan: Join, buildIsLeft: boolean): JoinMode {
  const pairs = (keepLeft: boolean, keepRight: boolean, single = false): JoinMode => ({
    kind: 'pairs',
    keepProbe: buildIsLeft ? keepRight : keepLeft,
    keepBuild: buildIsLeft ? keepLeft : keepRight,
    single,
  })
  switch (plan.type) {
    case 'inner':
      return pairs(false, false)
    case 'left':
      return pairs(true, false)
    case 'right':
      return pairs(false, true)
    case 'full':
      return pairs(true, true)
    case 'single':
      return pairs(true, false, true)
    case 'semi':
    case 'anti':
      return { kind: buildIsLeft ? 'build' : 'probe', yields: plan.type }
    case 'mark':
      if (plan.mark === null) throw internalError('a mark join has no mark')
      return {
        kind: 'mark',
        mark: plan.mark,
        nullKeysDecide: plan.mark.nullable && plan.keys.length === 1 && plan.residual === null,
      }
  }
}

function shapeSide(
  columns: readonly Column[],
  keyExpressions: readonly { readonly expression: Expression; readonly nullSafe: boolean }[],
  kept: boolean,
): JoinSide {
  const stored = [...columns]
  const keys = keyExpressions.map(({ expression, nullSafe }, index): JoinKey => {
    const known = expression.kind === 'column' ? columns.find(({ id }) => id === expression.id) : undefined
    const column = known ?? newColumn(`key.${index}`, expression.type, expression.nullable)
    if (known === undefined) stored.push(column)
    return { column, expression, nullSafe }
  })
  return {
    columns,
    stored,
    keys,
    layout: layoutRow(stored, JOIN_HEADER.bytes),
    dropsNullKeys: !kept,
  }
}
