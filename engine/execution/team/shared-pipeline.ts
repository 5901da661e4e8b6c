import { internalError } from '../../errors.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import type { PipelineProgram, SinkCode, SourceCode, Step } from '../pipeline-compiler.ts'
import { cancelled, type QueryContext } from '../query-context.ts'
import { SERIAL_KERNELS } from '../serial-kernels.ts'
import type { PartSource, RunRange, SharedSink, SharedSource, Sink } from '../stream.ts'
import type { PipelineInstance } from '../thread-runtime.ts'
import { BYTES_PER_THREAD, type ComputeTeam, type TaskHandlers } from './compute-team.ts'
import { TEAM_CELL } from './team-cells.ts'
import { TeamClaim } from './team-queue.ts'
import type { MemberRequest, PipelineTask } from './team-messages.ts'

/** Below this, handing a pipeline out takes longer than running it. */
const LEAST_ROWS = 50_000
/** A pipeline as it runs on the driver. */
export interface DriverPipeline {
  readonly instance: PipelineInstance
  readonly program: PipelineProgram
  readonly module: WebAssembly.Module
  readonly sourceCode: SourceCode
  readonly sink: Sink
  readonly sinkCode: SinkCode
  readonly sliceRows: number
  readonly run: RunRange
}

/** A pipeline that members of the team can take part in. */
export interface SharedPipeline {
  readonly team: ComputeTeam
  readonly source: SharedSource
  readonly sink: SharedSink
  readonly members: number
}

/** How many threads may run this, and what with; null when it is for the driver alone. The caller closes the source. */
export async function shareable(
  context: QueryContext,
  source: PartSource,
  steps: readonly Step[],
  sink: Sink,
  module: WebAssembly.Module,
): Promise<SharedPipeline | null> {
  const { team, heap, pool } = context.runtime
  if (team === undefined || !sink.shared) return null
  if (steps.some(({ stateless }) => stateless !== true)) return null
  if (WebAssembly.Module.imports(module).some(({ name }) => SERIAL_KERNELS.has(name))) return null
  const shared = source.share?.() ?? null
  if (shared === null) return null
  const { morsels } = shared
  const rows = morsels.reduce((sum, morsel) => sum + morsel.rows, 0)
  const inMemory = Math.floor(Math.min(heap.usableBytes, pool.limitBytes) / BYTES_PER_THREAD)
  const { threads: wanted } = context.settings
  const { mostThreads = Infinity } = sink.shared
  const threads = Math.min(wanted, team.size + 1, morsels.length, inMemory, mostThreads)
  let members = 0
  try {
    if (threads >= 2 && rows >= LEAST_ROWS) members = await context.unlessCancelled(team.ready(threads - 1))
  } finally {
    if (members === 0) shared.close()
  }
  return members === 0 ? null : { team, source: shared, sink: sink.shared, members }
}

/** How far a pipeline is. */
interface Progress {
  /** Morsels before it are done, except those that are unread. */
  next: number
  /** What there was no memory for while others held some. */
  readonly unread: number[]
  /** No more rows are wanted. */
  stopped: boolean
}

/**
 * Runs a pipeline to its end on the driver and on members of the team, each taking morsel after morsel. While other runs
 * have the members, the driver goes on alone.
 */
export async function runShared(
  context: QueryContext,
  shared: SharedPipeline,
  driver: DriverPipeline,
): Promise<void> {
  const { team, source, sink } = shared
  const progress: Progress = { next: 0, unread: [], stopped: false }
  const claim = new TeamClaim(team.queue)
  const pipeline = context.consumer('Pipeline', false)
  let prepared = false
  try {
    while (progress.next < source.morsels.length && !progress.stopped) {
      if (!claim.take()) {
        await runAlone(shared, driver, progress, claim)
        continue
      }
      if (!prepared) sink.prepare?.()
      prepared = true
      await runStint(context, shared, driver, { progress, claim, pipeline })
      claim.give()
    }
    if (progress.unread.length > 0) await takeThese(source, sink, driver, progress.unread)
  } finally {
    claim.close()
    context.release(pipeline)
    sink.finish?.()
  }
}

/** On the driver, until the team is to be had. */
async function runAlone(
  { source, sink }: SharedPipeline,
  { instance, sourceCode, run }: DriverPipeline,
  progress: Progress,
  claim: TeamClaim,
): Promise<void> {
  const next = (): number | null =>
    progress.next === source.morsels.length || claim.take() ? null : progress.next++
  const watched: RunRange = async (begin, end) => {
    progress.stopped = await run(begin, end)
    return progress.stopped
  }
  await source.feedSome(instance, sourceCode, watched, placing(source, sink, next), null)
  sink.endMorsel?.()
}

/** With the team, until the morsels end or it is time to let others have it. */
async function runStint(
  context: QueryContext,
  { team, source, sink, members }: SharedPipeline,
  driver: DriverPipeline,
  stint: { readonly progress: Progress; readonly claim: TeamClaim; readonly pipeline: PageOwner },
): Promise<void> {
  const { runtime, run, signal } = context
  const { progress, claim, pipeline } = stint
  const { counters } = runtime.heap
  const { program, module, sourceCode, sinkCode, sliceRows } = driver
  const { blockBytes, errorSites, counters: rowCounters } = program
  const task: PipelineTask = {
    module,
    program: { blockBytes, errorSites, counters: rowCounters },
    pipeline: pipeline.reservation.share(),
    source: source.spec(sourceCode, team.tableId(source)),
    sink: sink.spec(sinkCode, members + 1),
    sliceRows,
    cancelFlag: run.cell.address,
  }
  const onAbort = (): void => {
    team.stop(cancelled())
  }
  Atomics.store(counters, TEAM_CELL.nextMorsel, progress.next)
  Atomics.store(counters, TEAM_CELL.stop, 0)
  signal.addEventListener('abort', onAbort)
  try {
    const handlers = handlersOf(context, driver, sink, progress.unread)
    const others = team.run(task, source, members, run.cell, handlers)
    await runBeside(context, team, others, () => takeMorsels(context, source, sink, driver, progress, claim))
    progress.next = Math.min(source.morsels.length, Atomics.load(counters, TEAM_CELL.nextMorsel))
  } finally {
    signal.removeEventListener('abort', onAbort)
    team.settle()
    sink.alone?.()
  }
}

/** The driver's work beside the members' work: both have ended afterwards. @throws the first error of anybody */
async function runBeside(
  context: QueryContext,
  team: ComputeTeam,
  others: Promise<void>,
  work: () => Promise<void>,
): Promise<void> {
  const ended = others.then(
    () => null,
    (error: unknown) => ({ error }),
  )
  let failure: { readonly error: unknown } | null = null
  try {
    await work()
  } catch (error) {
    failure = { error }
    team.stop(error)
  }
  failure = (await ended) ?? failure
  if (failure !== null) throw failure.error
  context.checkCancelled()
}

async function takeMorsels(
  { runtime }: QueryContext,
  source: SharedSource,
  sink: SharedSink,
  driver: DriverPipeline,
  progress: Progress,
  claim: TeamClaim,
): Promise<void> {
  const { counters } = runtime.heap
  const run: RunRange = async (begin, end) => {
    if (Atomics.load(counters, TEAM_CELL.stop) !== 0) throw cancelled()
    progress.stopped = await driver.run(begin, end)
    return progress.stopped
  }
  const next = (): number | null => {
    if (claim.isOver) Atomics.store(counters, TEAM_CELL.pause, 1)
    if (Atomics.load(counters, TEAM_CELL.pause) !== 0) return null
    const index = Atomics.add(counters, TEAM_CELL.nextMorsel, 1)
    return index < source.morsels.length ? index : null
  }
  const refused = (index: number): boolean => {
    progress.unread.push(index)
    return false
  }
  const { instance, sourceCode } = driver
  const placed = placing(source, sink, next)
  await source.feedSome(instance, sourceCode, run, placed, refused)
  sink.endMorsel?.()
}

/** What there was no memory for while others held some. */
async function takeThese(
  source: SharedSource,
  sink: SharedSink,
  { instance, sourceCode, run }: DriverPipeline,
  indices: number[],
): Promise<void> {
  const placed = placing(source, sink, () => indices.shift() ?? null)
  await source.feedSome(instance, sourceCode, run, placed, null)
  sink.endMorsel?.()
}

/** Tells the sink where one morsel ends and another begins. */
function placing(source: SharedSource, sink: SharedSink, next: () => number | null): () => number | null {
  return () => {
    sink.endMorsel?.()
    const index = next()
    if (index !== null) sink.beginMorsel?.(source.morsels[index]!.ordinal)
    return index
  }
}

function handlersOf(
  { profile, runtime }: QueryContext,
  { instance, sink, sinkCode }: DriverPipeline,
  shared: SharedSink,
  unread: number[],
): TaskHandlers {
  /** Members are heard between two slices, when the sink has nothing in the locals of a function. */
  const detached = <Result>(action: () => Result): Result => {
    sink.detach()
    try {
      return action()
    } finally {
      sink.attach(instance, sinkCode)
    }
  }
  return {
    answer(request: MemberRequest): number {
      switch (request.kind) {
        case 'evict':
          return runtime.pool.evict(request.bytes)
        case 'part':
          return detached(() => shared.absorb(request.part)) ? 1 : 0
      }
    },
    heard(message): void {
      switch (message.kind) {
        case 'progress':
          profile.bytesRead += message.bytesRead
          profile.diskCacheReadBytes += message.diskCacheReadBytes
          profile.rowsRead(message.rows)
          return
        case 'batches':
          if (!shared.absorb({ ...message, wantedBytes: 0 })) throw internalError('batches were not taken')
          return
        case 'done':
          for (const [operator, rows] of message.rowCounts) profile.addRows(operator, rows)
          unread.push(...message.unread)
      }
    },
  }
}
