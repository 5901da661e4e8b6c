import { conjuncts } from '../plan/expression-tree.ts'
import { makeJoin } from '../plan/make-join.ts'
import { outputColumns } from '../plan/output.ts'
import { columnsOf, mapInputs, outputIds } from '../plan/plan-tree.ts'
import type { ColumnId, Expression, Join, LogicalPlan } from '../plan/plan.ts'
import { filterBy, keepColumns } from '../plan/project-columns.ts'
import { conjunction } from '../plan/expression-tree.ts'
import { CardinalityEstimator } from './cardinality.ts'
import { keyCondition } from './pull-up-predicates.ts'

/** Up to here every order is tried (dynamic programming over subsets), beyond it pairs are joined greedily. */
const maximumForDynamicProgramming = 10

/**
 * Orders inner joins so that intermediate results are small: the cost of a tree is the sum of the rows of its joins.
 * Tables that no condition connects are joined last.
 */
export function orderJoins(plan: LogicalPlan): LogicalPlan {
  if (plan.kind !== 'join' || plan.type !== 'inner') return mapInputs(plan, orderJoins)
  const relations: LogicalPlan[] = []
  const conditions: Expression[] = []
  collect(plan, relations, conditions)
  const leaves = relations.map(orderJoins)
  if (leaves.length < 3) return mapInputs(plan, orderJoins)
  const graph = new JoinGraph(leaves, conditions)
  const ordered = leaves.length <= maximumForDynamicProgramming ? graph.best() : graph.greedy()
  return sameOrder(plan, ordered)
}

function collect(plan: LogicalPlan, relations: LogicalPlan[], conditions: Expression[]): void {
  if (plan.kind !== 'join' || plan.type !== 'inner') {
    relations.push(plan)
    return
  }
  collect(plan.left, relations, conditions)
  collect(plan.right, relations, conditions)
  conditions.push(...plan.keys.map(keyCondition), ...conjuncts(plan.residual))
}

/** Columns keep their places, since a union reads them by place. */
function sameOrder(before: LogicalPlan, after: LogicalPlan): LogicalPlan {
  const wanted = outputColumns(before)
  const given = outputColumns(after)
  const isSame =
    wanted.length === given.length && wanted.every((column, index) => column.id === given[index]!.id)
  return isSame ? after : keepColumns(after, wanted)
}

interface Tree {
  readonly plan: LogicalPlan
  readonly rows: number
  readonly cost: number
  /** Relations in it, one bit each. */
  readonly members: bigint
}

class JoinGraph {
  readonly #estimator = new CardinalityEstimator()
  readonly #leaves: readonly Tree[]
  readonly #conditions: readonly { readonly expression: Expression; readonly members: bigint }[]

  constructor(relations: readonly LogicalPlan[], conditions: readonly Expression[]) {
    const owner = new Map<ColumnId, bigint>()
    relations.forEach((relation, index) => {
      for (const id of outputIds(relation)) owner.set(id, 1n << BigInt(index))
    })
    this.#leaves = relations.map((plan, index) => ({
      plan,
      rows: this.#estimator.rows(plan),
      cost: 0,
      members: 1n << BigInt(index),
    }))
    this.#conditions = conditions.map((expression) => ({
      expression,
      members: [...columnsOf(expression)].reduce((members, id) => members | (owner.get(id) ?? 0n), 0n),
    }))
  }

  /** Conditions that can first be checked when these two are joined. */
  #between(a: bigint, b: bigint): readonly Expression[] {
    const both = a | b
    return this.#conditions
      .filter(({ members }) => (members & ~both) === 0n && (members & ~a) !== 0n && (members & ~b) !== 0n)
      .map((condition) => condition.expression)
  }

  /** Whether an equality holds them together, rather than only a product. */
  #join(a: Tree, b: Tree): Tree & { readonly connected: boolean } {
    const conditions = this.#between(a.members, b.members)
    // the side with fewer rows goes to the right, where the hash table is built
    const [left, right] = a.rows >= b.rows ? [a, b] : [b, a]
    const plan = makeJoin('inner', left.plan, right.plan, conditions)
    const rows = this.#estimator.joinRows(plan)
    const work = plan.keys.length > 0 ? rows : Math.max(rows, left.rows * right.rows)
    return {
      plan,
      rows,
      cost: a.cost + b.cost + work,
      members: a.members | b.members,
      connected: conditions.length > 0,
    }
  }

  best(): LogicalPlan {
    const count = this.#leaves.length
    const best = new Map<bigint, Tree>(this.#leaves.map((leaf) => [leaf.members, leaf]))
    const all = (1n << BigInt(count)) - 1n
    for (let members = 1n; members <= all; members += 1n) {
      if (best.has(members)) continue
      let product: Tree | null = null
      let joined: Tree | null = null
      for (let part = (members - 1n) & members; part > 0n; part = (part - 1n) & members) {
        const rest = members & ~part
        if (part < rest) continue
        const [a, b] = [best.get(part), best.get(rest)]
        if (!a || !b) continue
        const tree = this.#join(a, b)
        if (tree.connected && (!joined || tree.cost < joined.cost)) joined = tree
        if (!tree.connected && (!product || tree.cost < product.cost)) product = tree
      }
      const chosen = joined ?? product
      if (chosen) best.set(members, chosen)
    }
    return this.#finish(best.get(all)!)
  }

  greedy(): LogicalPlan {
    let trees: readonly Tree[] = this.#leaves
    while (trees.length > 1) {
      let chosen: {
        tree: ReturnType<JoinGraph['best']> extends never ? never : Tree & { connected: boolean }
        a: Tree
        b: Tree
      } | null = null
      for (const [i, a] of trees.entries()) {
        for (const b of trees.slice(i + 1)) {
          if (chosen?.tree.connected && this.#between(a.members, b.members).length === 0) continue
          const tree = this.#join(a, b)
          const isBetter =
            !chosen ||
            (tree.connected !== chosen.tree.connected ? tree.connected : tree.rows < chosen.tree.rows)
          if (isBetter) chosen = { tree, a, b }
        }
      }
      const { tree, a, b } = chosen!
      trees = [...trees.filter((each) => each !== a && each !== b), tree]
    }
    return this.#finish(trees[0]!)
  }

  /** Conditions of a single relation or none were pushed down before; what is left is checked at the end. */
  #finish(tree: Tree): LogicalPlan {
    const left = this.#conditions
      .filter(({ members }) => (members & (members - 1n)) === 0n)
      .map((each) => each.expression)
    return filterBy(tree.plan, left.length > 0 ? conjunction(left) : null)
  }
}

/** The smaller side of every join holds the hash table, where the kind of join leaves the choice. */
export function chooseBuildSides(plan: LogicalPlan): LogicalPlan {
  const estimator = new CardinalityEstimator()
  const visit = (node: LogicalPlan): LogicalPlan => {
    const next = mapInputs(node, visit)
    if (next.kind !== 'join') return next
    const buildSide: Join['buildSide'] =
      canBuildLeft(next) && estimator.rows(next.left) < estimator.rows(next.right) ? 'left' : 'right'
    return next.buildSide === buildSide ? next : { ...next, buildSide }
  }
  return visit(plan)
}

/** Mark and single joins look every left row up, so their right side is the table. */
function canBuildLeft(join: Join): boolean {
  return join.type !== 'mark' && join.type !== 'single' && join.keys.length > 0
}
