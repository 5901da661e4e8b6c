import type { ColumnBatch } from '../../arrow/column-batch.ts'
import type { ThreadRuntime } from '../thread-runtime.ts'
import type { AggregateShape } from './aggregate-shape.ts'
import type { TableSpill } from './table-spill.ts'

/**
 * How long the states that gather values can have become in the spill file: a group is at most once in each run, so it
 * has no more than the longest of every run together.
 */
export class LongestStates {
  readonly #runtime: ThreadRuntime
  readonly #columns: readonly number[]
  #finished = 0
  /** Of each of the columns. */
  readonly #longestOfRun: number[]

  constructor(runtime: ThreadRuntime, shape: AggregateShape) {
    this.#runtime = runtime
    const gathering = new Set(
      shape.states
        .filter(({ accumulator }) => accumulator.appends === true)
        .map(({ columns }) => columns[0]!.id),
    )
    this.#columns = shape.spilledColumns.flatMap(({ id }, index) => (gathering.has(id) ? [index] : []))
    this.#longestOfRun = this.#columns.map(() => 0)
  }

  get bytes(): number {
    return this.#longestOfRun.reduce((sum, bytes) => sum + bytes, this.#finished)
  }

  /** Looks at what is spilled. */
  observed(spill: TableSpill): TableSpill {
    if (this.#columns.length === 0) return spill
    return {
      ...spill,
      receive: (partition, batch) => {
        this.#columns.forEach((column, index) => {
          this.#observe(batch, column, index)
        })
        spill.receive(partition, batch)
      },
      done: () => {
        this.#finished = this.bytes
        this.#longestOfRun.fill(0)
        spill.done()
      },
    }
  }

  #observe({ columns, length }: ColumnBatch, column: number, index: number): void {
    const longest = this.#runtime.kernels['longest_bytes']!(columns[column]!.offsets, length)
    this.#longestOfRun[index] = Math.max(this.#longestOfRun[index] ?? 0, Number(longest) >>> 0)
  }
}
