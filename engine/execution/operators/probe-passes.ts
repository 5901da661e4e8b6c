import type { Column } from '../../plan/plan.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'

/**
 * What probing code reads at a fixed address of the heap, u32 each. `seen`: a bitmap of the probe rows that met
 * something in an earlier pass, 0 when there is one pass only; `last`: this pass is the last.
 */
export const PROBE_CELL = { directory: 0, mask: 4, seen: 8, last: 12, bytes: 16 } as const

/** Pushes a field of the cell. */
export function pushCell(
  { f }: PipelineCompiler,
  cell: number,
  field: Exclude<keyof typeof PROBE_CELL, 'bytes'>,
): void {
  f.i32(cell)
  f.memory('i32.load', PROBE_CELL[field])
}

/**
 * Code that remembers from pass to pass which probe rows met something. Without an `ordinal`, the number of the row
 * within its passes, there is one pass only.
 */
export class ProbePasses {
  readonly #compiler: PipelineCompiler
  readonly #cell: number
  readonly #ordinal: Column | null

  constructor(compiler: PipelineCompiler, cell: number, ordinal: Column | null) {
    this.#compiler = compiler
    this.#cell = cell
    this.#ordinal = ordinal
  }

  /** Pushes 1 when this pass is the last. */
  pushLast(): void {
    if (this.#ordinal === null) this.#compiler.f.i32(1)
    else pushCell(this.#compiler, this.#cell, 'last')
  }

  /** Pushes 1 when the row met something in an earlier pass. */
  pushSeen(): void {
    const { f } = this.#compiler
    if (this.#ordinal === null) {
      f.i32(0)
      return
    }
    pushCell(this.#compiler, this.#cell, 'seen')
    f.if(
      () => {
        this.#pushSeenByte()
        f.memory('i32.load8_u')
        this.#pushOrdinal()
        f.i32(7)
        f.op('i32.and')
        f.op('i32.shr_u')
        f.i32(1)
        f.op('i32.and')
      },
      () => f.i32(0),
      'i32',
    )
  }

  /** Emits: the row met something. */
  emitSetSeen(): void {
    const { f } = this.#compiler
    if (this.#ordinal === null) return
    pushCell(this.#compiler, this.#cell, 'seen')
    f.if(() => {
      this.#pushSeenByte()
      this.#pushSeenByte()
      f.memory('i32.load8_u')
      f.i32(1)
      this.#pushOrdinal()
      f.i32(7)
      f.op('i32.and')
      f.op('i32.shl')
      f.op('i32.or')
      f.memory('i32.store8')
    })
  }

  #pushSeenByte(): void {
    const { f } = this.#compiler
    pushCell(this.#compiler, this.#cell, 'seen')
    this.#pushOrdinal()
    f.i32(3)
    f.op('i32.shr_u')
    f.op('i32.add')
  }

  #pushOrdinal(): void {
    const { f } = this.#compiler
    f.get(this.#compiler.column(this.#ordinal!.id).locals[0]!)
    f.op('i32.wrap_i64')
  }
}
