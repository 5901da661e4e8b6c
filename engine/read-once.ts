import type { TableProvider } from './catalog/table-provider.ts'
import { eventLoopTurn } from './execution/event-loop-turn.ts'
import { cancelled } from './execution/query-context.ts'
import { isOutOfMemory } from './session-run.ts'

/** Reads every column, which leaves in the cache what fits beside what queries hold. @throws `cancelled` */
export async function readOnce(provider: TableProvider, signal: AbortSignal): Promise<void> {
  const columns = provider.schema.fields.map((_, index) => index)
  const { morsels } = await provider.planScan({ columns, predicates: [] })
  const loader = provider.openLoader(columns)
  try {
    for (const morsel of morsels) {
      ;(await loader.load(morsel, signal)).release()
      await eventLoopTurn()
      if (signal.aborted) throw cancelled()
    }
  } catch (error) {
    if (!isOutOfMemory(error)) throw error
  } finally {
    loader.close()
  }
}
