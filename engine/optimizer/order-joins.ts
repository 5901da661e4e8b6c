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

interface Condition {
  readonly expression: Expression
  /** Relations that it reads, one bit each. */
  readonly members: bigint
}

interface Tree {
  /** Relations in it, one bit each. */
  readonly members: bigint
  readonly rows: number
  readonly cost: number
  /** Null for a single relation. */
  readonly parts: readonly [Tree, Tree] | null
}

/** Chooses among orders by numbers alone; the joins are made at the end. */
class JoinGraph {
  readonly #relations: readonly LogicalPlan[]
  readonly #conditions: readonly Condition[]
  readonly #rowsOf = new Map<bigint, number>()
  readonly #leaves: readonly Tree[]
  /** Shares of the rows that conditions between the same relations keep together. */
  readonly #selectivities: readonly { readonly members: bigint; readonly share: number }[]

  constructor(relations: readonly LogicalPlan[], conditions: readonly Expression[]) {
    const estimator = new CardinalityEstimator()
    const owner = new Map<ColumnId, bigint>()
    relations.forEach((relation, index) => {
      for (const id of outputIds(relation)) owner.set(id, 1n << BigInt(index))
    })
    this.#relations = relations
    this.#leaves = relations.map((plan, index) => {
      return { members: 1n << BigInt(index), rows: estimator.rows(plan), cost: 0, parts: null }
    })
    this.#conditions = conditions.map((expression) => ({
      expression,
      members: [...columnsOf(expression)].reduce((members, id) => members | (owner.get(id) ?? 0n), 0n),
    }))
    const together = new Map<bigint, Condition[]>()
    for (const condition of this.#conditions) {
      together.set(condition.members, [...(together.get(condition.members) ?? []), condition])
    }
    this.#selectivities = [...together].map(([members, list]) => {
      const product = list.reduce((share, each) => share * estimator.joinShare(each.expression), 1)
      const sizes = relations.filter((_, index) => (members & (1n << BigInt(index))) !== 0n)
      // several equalities are mostly one key of several columns: each row of the larger side meets one of the smaller
      const least = Math.min(...sizes.map((relation) => estimator.unfilteredRows(relation)))
      return { members, share: list.length > 1 ? Math.max(product, 1 / least) : product }
    })
  }

  /** Rows of these relations joined, in whatever order. */
  #rows(members: bigint): number {
    let rows = this.#rowsOf.get(members)
    if (rows === undefined) {
      rows = 1
      for (const leaf of this.#leaves) if ((leaf.members & members) !== 0n) rows *= leaf.rows
      for (const each of this.#selectivities) if ((each.members & ~members) === 0n) rows *= each.share
      rows = Math.max(1, rows)
      this.#rowsOf.set(members, rows)
    }
    return rows
  }

  /** Whether a condition holds them together, rather than only a product. */
  #isConnected(a: bigint, b: bigint): boolean {
    const both = a | b
    return this.#conditions.some(
      ({ members }) => (members & ~both) === 0n && (members & a) !== 0n && (members & b) !== 0n,
    )
  }

  /** A product costs at least the pairs that it makes. */
  #join(a: Tree, b: Tree, connected: boolean): Tree {
    const members = a.members | b.members
    const rows = this.#rows(members)
    const work = connected ? rows : Math.max(rows, a.rows * b.rows)
    return { members, rows, cost: a.cost + b.cost + work, parts: [a, b] }
  }

  best(): LogicalPlan {
    const best = new Map<bigint, Tree>(this.#leaves.map((leaf) => [leaf.members, leaf]))
    const all = (1n << BigInt(this.#leaves.length)) - 1n
    for (let members = 1n; members <= all; members += 1n) {
      if (best.has(members)) continue
      let product: Tree | null = null
      let joined: Tree | null = null
      for (let part = (members - 1n) & members; part > 0n; part = (part - 1n) & members) {
        const rest = members & ~part
        if (part < rest) break
        const [a, b] = [best.get(part)!, best.get(rest)!]
        const connected = this.#isConnected(part, rest)
        if (!connected && joined) continue
        const tree = this.#join(a, b, connected)
        if (connected) joined = !joined || tree.cost < joined.cost ? tree : joined
        else product = !product || tree.cost < product.cost ? tree : product
      }
      best.set(members, joined ?? product!)
    }
    return this.#finish(best.get(all)!)
  }

  greedy(): LogicalPlan {
    let trees: readonly Tree[] = this.#leaves
    while (trees.length > 1) {
      let chosen: { tree: Tree; connected: boolean } | null = null
      for (const [index, a] of trees.entries()) {
        for (const b of trees.slice(index + 1)) {
          const connected = this.#isConnected(a.members, b.members)
          if (chosen?.connected === true && !connected) continue
          const tree = this.#join(a, b, connected)
          const isBetter =
            !chosen || (connected === chosen.connected ? tree.rows < chosen.tree.rows : connected)
          if (isBetter) chosen = { tree, connected }
        }
      }
      const { tree } = chosen!
      trees = [...trees.filter((each) => (each.members & tree.members) === 0n), tree]
    }
    return this.#finish(trees[0]!)
  }

  /** Conditions of a single relation or none were pushed down before; where they were not, they are checked last. */
  #finish(tree: Tree): LogicalPlan {
    const left = this.#conditions.filter(({ members }) => (members & (members - 1n)) === 0n)
    const plan = this.#plan(tree)
    return filterBy(plan, left.length > 0 ? conjunction(left.map((each) => each.expression)) : null)
  }

  /** The side with fewer rows goes to the right, where the hash table is built. */
  #plan(tree: Tree): LogicalPlan {
    if (!tree.parts) return this.#relations[this.#leaves.findIndex((leaf) => leaf.members === tree.members)]!
    const [left, right] = tree.parts[0].rows >= tree.parts[1].rows ? tree.parts : tree.parts.toReversed()
    const conditions = this.#conditions.filter(
      ({ members }) =>
        (members & ~tree.members) === 0n &&
        (members & ~left.members) !== 0n &&
        (members & ~right.members) !== 0n,
    )
    return makeJoin(
      'inner',
      this.#plan(left),
      this.#plan(right),
      conditions.map((each) => each.expression),
    )
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
