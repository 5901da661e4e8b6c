import type { Column } from '../../plan/plan.ts'
import type { BatchCollection } from '../batch-collection.ts'
import type { SourceCode } from '../pipeline-compiler.ts'
import type { QueryContext } from '../query-context.ts'
import type { PartSource, RunRange } from '../stream.ts'
import type { PipelineInstance } from '../thread-runtime.ts'
import { AllValid } from './all-valid.ts'
import { bindBatch, ColumnSource } from './column-source.ts'

/** Reads a collection's batches in order. `columns` are the collection's, under the ids that the reader knows. */
export class CollectionPart implements PartSource {
  readonly #context: QueryContext
  readonly #collection: BatchCollection
  readonly #columns: readonly Column[]
  readonly #allValid: AllValid

  constructor(context: QueryContext, collection: BatchCollection, columns: readonly Column[]) {
    this.#context = context
    this.#collection = collection
    this.#columns = columns
    this.#allValid = new AllValid(context)
  }

  code(): SourceCode {
    return new ColumnSource(this.#columns.map((column) => ({ column, dictionary: false })))
  }

  async feed(instance: PipelineInstance, code: SourceCode, run: RunRange): Promise<void> {
    const { heap } = this.#context.runtime
    const source = code as ColumnSource
    for (let index = 0; index < this.#collection.batchCount; index++) {
      const { batch, release } = this.#collection.borrow(index)
      try {
        bindBatch(heap, instance.block, source.slots, batch, this.#allValid.covering(batch.length))
        if (await run(0, batch.length)) return
      } finally {
        release()
      }
    }
  }
}
