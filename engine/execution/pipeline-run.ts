import { inSteps } from './in-steps.ts'
import { PipelineCompiler } from './pipeline-compiler.ts'
import type { QueryContext } from './query-context.ts'
import { stepAfter, type RunRange, type Sink, type Stream, type StreamPart } from './stream.ts'
import { runShared, shareable } from './team/shared-pipeline.ts'
import { PipelineInstance } from './thread-runtime.ts'

/** Rows of cost 1 between two looks at the cancel flag and the clock: about a millisecond of work. */
const SLICE_ROWS = 16384

/** What rows take in the scratch area is not known before the first of them have passed. */
const FIRST_SLICE_ROWS = 64
const LITTLE_SCRATCH_BYTES = 256 * 1024
const MUCH_SCRATCH_BYTES = 1024 * 1024

/** A slice that takes longer is too long. */
const LONG_SLICE_MS = 24

/**
 * Fewer rows when a slice took long, or its texts and lists much memory, which nothing can spill; more when they took
 * little.
 */
function nextSliceRows(rows: number, most: number, elapsedMs: number, scratchBytes: number): number {
  if (scratchBytes > MUCH_SCRATCH_BYTES || elapsedMs > LONG_SLICE_MS) return Math.max(1, rows >>> 2)
  return scratchBytes <= LITTLE_SCRATCH_BYTES && elapsedMs < LONG_SLICE_MS / 2
    ? Math.min(most, rows * 2)
    : rows
}

/** Runs every part of the stream into the sink, then closes the stream. `operator` is charged with the time. */
export async function runStream(
  context: QueryContext,
  stream: Stream,
  sink: Sink,
  operator: number,
): Promise<void> {
  const startedMs = performance.now()
  try {
    await runParts(context, stream.parts, sink, operator)
  } finally {
    stream.close()
    context.profile.addTime(operator, performance.now() - startedMs)
  }
}

async function runParts(
  context: QueryContext,
  parts: Stream['parts'],
  sink: Sink,
  operator: number,
): Promise<void> {
  for (const part of parts) {
    if (!('open' in part)) {
      await runPart(context, part, sink, operator)
      continue
    }
    const stream = await part.open()
    try {
      const opened = stream.parts.map((each) => part.steps.reduce(stepAfter, each))
      await runParts(context, opened, sink, operator)
    } finally {
      stream.close()
    }
  }
}

/** Compiles one part with the sink and runs it, to its end or until it wants no more rows. */
async function runPart(context: QueryContext, part: StreamPart, sink: Sink, operator: number): Promise<void> {
  const { runtime, constants, profile } = context
  const sourceCode = part.source.code()
  const sinkCode = sink.code()
  const compiler = new PipelineCompiler({ shared: runtime.heap.shared, constants })
  const program = compiler.compile(sourceCode, part.steps, sinkCode)
  const module = runtime.modules.compile(program.bytes)
  const owner = context.consumer('Pipeline', false)
  const instance = new PipelineInstance(runtime, program, module, owner, (kind, argument) =>
    sink.onEvent(kind, argument >>> 0),
  )
  sink.attach(instance, sinkCode)
  let stopped = false
  const cost = part.steps.reduce((product, step) => product * (step.rowCost ?? 1), 1)
  const sliceRows = Math.max(1, Math.floor(SLICE_ROWS / cost))
  let rows = Math.min(sliceRows, FIRST_SLICE_ROWS)
  try {
    const run: RunRange = async (begin, end) => {
      for (let at = begin, until = begin; at < end && !stopped;) {
        // A row that was left in its middle goes on in the slice that it began in.
        if (at === until) until = Math.min(end, at + rows)
        const startedMs = performance.now()
        const next = instance.run(at, until)
        const elapsedMs = performance.now() - startedMs
        stopped = next === null
        at = next ?? end
        sink.settle()
        rows = nextSliceRows(rows, sliceRows, elapsedMs, instance.furtherScratchBytes)
        instance.resetScratch()
        const relief = stopped ? null : (sink.relief?.() ?? null)
        if (relief !== null) await inSteps(context, relief)
        await context.breathe()
      }
      return stopped
    }
    const shared = await shareable(context, part.source, part.steps, sink, module)
    if (shared === null) {
      await part.source.feed(instance, sourceCode, run, () => sink.relieve?.())
    } else {
      profile.ranOn(operator, shared.members + 1)
      const driver = { instance, program, module, sourceCode, sink, sinkCode, sliceRows, run }
      await runShared(context, shared, driver).finally(() => {
        shared.source.close()
      })
    }
  } finally {
    sink.detach()
    for (const [operator, rows] of instance.rowCounts()) profile.addRows(operator, rows)
    instance.close()
    context.release(owner)
  }
}
