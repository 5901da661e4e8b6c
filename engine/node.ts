import { availableParallelism, totalmem } from 'node:os'
import type { Lakebook, LakebookOptions, QueryResult, RunOptions } from './lakebook.ts'
import { LocalLakebook } from './local-lakebook.ts'
import { nodePlatform } from './node-platform.ts'
import { defaultBudgetBytes } from './open-options.ts'
import type { FrameBuilder } from './polars/builder.ts'
import { Session } from './session.ts'
import { nodeOutput } from './storage/node-file-output.ts'

export type * from './lakebook.ts'
export { LakebookError } from './errors.ts'
export * from './polars/builder.ts'

/** An engine in Node also runs frames that were built in TypeScript: `lake.polars(table('orders').head(5))`. */
export interface NodeLakebook extends Lakebook {
  polars(cell: string | FrameBuilder, options?: RunOptions): Promise<QueryResult>
}

export interface NodeLakebookOptions extends LakebookOptions {
  /** Where COPY … TO may write. Without it, it may not. */
  readonly outputFolder?: string
}

/**
 * Opens an engine in this process. Spills go to the temporary folder.
 *
 * @throws `budget_too_small`, `invalid_argument`, `out_of_memory`
 */
export async function openLakebook(options: NodeLakebookOptions = {}): Promise<NodeLakebook> {
  const { outputFolder } = options
  const openOutput = outputFolder === undefined ? null : nodeOutput(outputFolder)
  const session = await Session.open(
    { ...nodePlatform, openOutput },
    {
      heapBudgetBytes: options.heapBudgetBytes ?? defaultBudgetBytes(totalmem()),
      memoryPool: options.memoryPool ?? 'fair',
      threads: options.threads ?? availableParallelism(),
    },
  )
  return new LocalLakebook(session)
}
