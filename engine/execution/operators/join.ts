import { explainExpression } from '../../plan/explain-expression.ts'
import { outputColumns } from '../../plan/output.ts'
import type { Column, Join } from '../../plan/plan.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import type { OpenPlan } from '../executor.ts'
import { runStream } from '../pipeline-run.ts'
import type { QueryContext } from '../query-context.ts'
import { stepAfter, type Stream } from '../stream.ts'
import { JoinProbeStep, type BuildFacts } from './join-probe.ts'
import { JoinBuild } from './join-build.ts'
import { buildRowsPart, CountSink } from './join-build-rows.ts'
import { PROBE_CELL } from './probe-passes.ts'
import { makeJoinFilter } from './join-filter.ts'
import { buildsLeft, shapeJoin, type JoinShape } from './join-shape.ts'
import { boundByShare } from './memory-share.ts'
import { SpilledJoin } from './spilled-join.ts'

/**
 * Stores one side, then looks every row of the other side up in it. A side that does not fit is spilled, and then both
 * are joined partition by partition (`SpilledJoin`). Without keys all stored rows are one chain.
 */
export async function openJoin(context: QueryContext, plan: Join, open: OpenPlan): Promise<Stream> {
  const buildIsLeft = buildsLeft(plan)
  const [buildPlan, probePlan] = buildIsLeft ? [plan.left, plan.right] : [plan.right, plan.left]
  const shape = shapeJoin(plan, outputColumns(plan.left), outputColumns(plan.right))
  const build = await open(buildPlan)
  const { profile } = context
  const operator = profile.operator(nameOf(plan), explainJoin(plan), [build.operator])
  const owner = context.consumer(`Join #${operator}`, true)
  const openProbe = async (): Promise<Stream> => {
    const probe = await open(probePlan)
    profile.addInput(operator, probe.operator, buildIsLeft ? 'last' : 'first')
    return probe
  }
  profile.stage('Build join')
  return joinStreams(context, { shape, columns: outputColumns(plan), operator, owner }, build, {
    joinFilters: plan.joinFilters ?? [],
    openProbe,
  })
}

export interface OpenedJoin {
  readonly shape: JoinShape
  readonly columns: readonly Column[]
  readonly operator: number
  readonly owner: PageOwner
  readonly probe: Stream
}

/** The probe side is opened when the hash table is complete, so that its scans know the keys. */
async function joinStreams(
  context: QueryContext,
  join: Omit<OpenedJoin, 'probe'>,
  build: Stream,
  { joinFilters, openProbe }: Pick<Join, 'joinFilters'> & { readonly openProbe: () => Promise<Stream> },
): Promise<Stream> {
  const { shape, operator, owner } = join
  boundByShare(context, owner)
  const rows = new JoinBuild(context, owner, shape.build, operator)
  const facts = await rows.run(build)
  const isSpilled = !rows.spilled.isEmpty
  if (!isSpilled) {
    publishKeys(context, join, rows, joinFilters)
    owner.reservation.settle()
  }
  const probe = closedOnce(await openProbe())
  try {
    const opened = { ...join, probe }
    if (isSpilled) return await new SpilledJoin(context, opened, facts).open(rows.spilled)
    return await inHeap(context, opened, facts, rows)
  } catch (error) {
    probe.close()
    throw error
  }
}

/** Whoever ran the stream has closed it, also where something fails afterwards. */
function closedOnce(stream: Stream): Stream {
  let closed = false
  return {
    ...stream,
    close() {
      if (!closed) stream.close()
      closed = true
    },
  }
}

/** Tells the scans of the probe side what keys there are. */
function publishKeys(
  context: QueryContext,
  { shape, owner }: Omit<OpenedJoin, 'probe'>,
  rows: JoinBuild,
  joinFilters: Join['joinFilters'],
): void {
  for (const { key, filter } of joinFilters ?? []) {
    const known = { pages: rows.pages(), side: shape.build, key: shape.build.keys[key]! }
    context.joinFilters.set(filter, makeJoinFilter(context.runtime, owner, filter.name, known))
  }
}

/** The stored side is in the heap. */
async function inHeap(
  context: QueryContext,
  { shape, columns, operator, owner, probe }: OpenedJoin,
  facts: BuildFacts,
  rows: JoinBuild,
): Promise<Stream> {
  const cell = context.constants.reserve(PROBE_CELL.bytes)
  const { mode } = shape
  const direct = rows.chain(cell)
  const step = new JoinProbeStep(shape, {
    keys: 'computed',
    cell,
    facts,
    operator,
    ordinal: null,
    storedRows: rows.rowCount,
    direct,
  })
  const probing = probe.parts.map((part) => stepAfter(part, () => step))
  const keepsBuild = mode.kind === 'build' || (mode.kind === 'pairs' && mode.keepBuild)
  const parts: Stream['parts'][number][] = keepsBuild
    ? [buildRowsPart(context, shape, () => rows.pages(), operator)]
    : []
  if (mode.kind === 'build') {
    await runStream(context, { ...probe, parts: probing }, new CountSink(), operator)
  } else if (rows.rowCount > 0 || mode.kind !== 'pairs' || mode.keepProbe) {
    parts.unshift(...probing)
  }
  return {
    columns,
    parts,
    operator,
    expectedRows: probe.expectedRows,
    close() {
      if (mode.kind !== 'build') probe.close()
      rows.close()
      context.release(owner)
    },
  }
}

function nameOf(plan: Join): string {
  if (plan.keys.length > 0) return 'HashJoin'
  return plan.residual === null ? 'CrossJoin' : 'NestedLoopJoin'
}

function explainJoin({ type, keys, residual, buildSide }: Join): string {
  const conditions = keys.map(
    ({ left, right, nullSafe }) =>
      `${explainExpression(left)} ${nullSafe ? 'IS NOT DISTINCT FROM' : '='} ${explainExpression(right)}`,
  )
  if (residual !== null) conditions.push(explainExpression(residual))
  return [type, conditions.join(' AND '), `build ${buildSide}`].filter((text) => text !== '').join(', ')
}
