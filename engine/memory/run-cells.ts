import { internalError } from '../errors.ts'
import { RUN_CELLS_ADDRESS } from './control-block.ts'

/** Runs that can be under way at the same time. */
export const MOST_RUNS = 16

/**
 * The cell of one run, an i32 in the control block: bit 0 is its cancel flag, the other bits are the run's number (below
 * 2^30), so that whoever cancels names the run, and one that has just ended does not cancel another in its place. Loops of
 * compiled code and of kernels, on any thread, look at the flag and stop.
 */
export class RunCell {
  /** Its place among the cells: whatever else there is once for each run under way may use it. */
  readonly index: number
  /** Of the i32. */
  readonly address: number
  readonly #words: Int32Array
  readonly #close: () => void

  constructor(words: Int32Array, index: number, close: () => void) {
    this.#words = words
    this.index = index
    this.address = RUN_CELLS_ADDRESS + 4 * index
    this.#close = close
  }

  get cancelled(): boolean {
    return (Atomics.load(this.#words, this.address >> 2) & 1) !== 0
  }

  set cancelled(value: boolean) {
    if (value) Atomics.or(this.#words, this.address >> 2, 1)
    else Atomics.and(this.#words, this.address >> 2, ~1)
  }

  /** The run has ended. */
  close(): void {
    Atomics.store(this.#words, this.address >> 2, 0)
    this.#close()
  }
}

/** The cells of a heap. Its driver opens and closes them. */
export class RunCells {
  readonly #words: Int32Array
  readonly #open = new Set<number>()

  /** `words` are the heap's. */
  constructor(words: Int32Array) {
    this.#words = words
  }

  /** A cell for the run of that number, below 2^30. */
  open(run: number): RunCell {
    for (let index = 0; index < MOST_RUNS; index++) {
      if (this.#open.has(index)) continue
      this.#open.add(index)
      const cell = new RunCell(this.#words, index, () => this.#open.delete(index))
      Atomics.store(this.#words, cell.address >> 2, run << 1)
      return cell
    }
    throw internalError(`more than ${MOST_RUNS} runs are under way`)
  }
}

/** The flag of what belongs to no run: nobody raises it. */
export const NEVER_CANCELLED_ADDRESS = RUN_CELLS_ADDRESS + 4 * MOST_RUNS

/** The cells as another thread that has the heap's memory sees them. */
export function runCellsOf(memory: WebAssembly.Memory): Int32Array {
  return new Int32Array(memory.buffer, RUN_CELLS_ADDRESS, MOST_RUNS)
}

/** Raises the flag of the run, if it is under way. */
export function cancelRun(cells: Int32Array, run: number): void {
  for (let index = 0; index < MOST_RUNS; index++) {
    Atomics.compareExchange(cells, index, run << 1, (run << 1) | 1)
  }
}
