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
  | { readonly kind: 'mark'; readonly mark: Column }
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
  const { keys, residual } = hashable(plan) ? plan : asResidual(plan)
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

/**
 * Whether keys can find what a row meets. A mark join also asks where the answer is open: for one key the NULLs of
 * either side tell; for more, or with a residual, keys must not be NULL.
 */
function hashable({ type, keys, residual }: Join): boolean {
  if (type !== 'mark' || (keys.length === 1 && residual === null && !keys[0]!.nullSafe)) return true
  return keys.every(({ left, right, nullSafe }) => nullSafe || (!left.nullable && !right.nullable))
}

/** The same join with its keys as a condition. */
function asResidual({ keys, residual }: Join): Pick<Join, 'keys' | 'residual'> {
  const conditions = keys.map(({ left, right, nullSafe }): Expression => ({
    kind: 'call',
    fn: nullSafe ? 'is_not_distinct_from' : '=',
    args: [left, right],
    type: types.bool,
    nullable: !nullSafe && (left.nullable || right.nullable),
  }))
  if (residual !== null) conditions.push(residual)
  return {
    keys: [],
    residual: conditions.reduce((left, right) => ({
      kind: 'call',
      fn: 'and',
      args: [left, right],
      type: types.bool,
      nullable: left.nullable || right.nullable,
    })),
  }
}

/** What a mark or a single join says of a left row depends on all right rows: those are always the build side. */
function buildsLeft(plan: Join): boolean {
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
      return { kind: 'mark', mark: plan.mark }
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
