import type { Label, Local } from '../../codegen/assembler.ts'
import type { Value } from '../../codegen/value.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import { pointsAway } from '../row-layout.ts'
import { emitCopyToScratch } from '../row-store.ts'
import { SORT_ENTRY } from '../sinks/sort-entry.ts'
import type { WindowLifetime, WindowRows } from './window-frame.ts'
import type { FrameTree } from './window-tree.ts'

/** u32 fields of the code's block that say where a spilled partition is. */
export const SPILLED_PARTITION = {
  /** A `SPILLED_BLOCK` for each block of rows. */
  table: 0,
  /** A block has 2^shift rows; only the last may have fewer. */
  shift: 4,
  rows: 8,
  /** The tree level whose nodes stand for one block each; those below it lie with the block's rows. */
  blockLevel: 12,
  /** The block that was looked at last. */
  last: 16,
  /** Counts the blocks that were loaded. */
  clock: 20,
  /** Not 0: the loop over the rows is to be left where it can be. */
  pause: 24,
  /** The block of the scratch area that lives as long as the partition. */
  lasting: 28,
  /** The first row to fill in: those before were handed on already. */
  first: 32,
  /** An i64: rows of the partition that came before, in the heap. What they left is carried on. */
  before: 40,
  bytes: 48,
} as const

/** u32 fields of a block: its entries (0: not in the heap), when it was looked at last, its part of the trees. */
export const SPILLED_BLOCK = { entries: 0, stamp: 4, nodes: 8, bytes: 16 } as const

/** A block is wanted that is not in the heap; the argument is its number. */
export const BLOCK_MISSING = 1

type MakeTree = WindowRows['tree']

/** Rows of a partition that lies in the spill file, of which some blocks are in the heap. */
export class SpilledRows implements WindowRows {
  readonly leave = true
  readonly #compiler: PipelineCompiler
  /** Block offset of `SPILLED_PARTITION`. */
  readonly #state: number
  readonly #exit: Label | null
  readonly #makeTree: MakeTree

  /** `exit` leaves the loop over the rows; null: it is not left. */
  constructor(compiler: PipelineCompiler, state: number, exit: Label | null, makeTree: MakeTree) {
    this.#compiler = compiler
    this.#state = state
    this.#exit = exit
    this.#makeTree = makeTree
  }

  push(index: Local): void {
    const { f } = this.#compiler
    const block = this.blockOf(index)
    f.get(block)
    f.memory('i32.load', SPILLED_BLOCK.entries)
    f.get(index)
    f.i32(1)
    this.pushField('shift')
    f.op('i32.shl')
    f.i32(1)
    f.op('i32.sub')
    f.op('i32.and')
    f.i32(SORT_ENTRY.bytes)
    f.op('i32.mul')
    f.op('i32.add')
    f.memory('i32.load', SORT_ENTRY.row)
  }

  /** Emits that the block of row `index` is in the heap. Returns the address of its `SPILLED_BLOCK`. */
  blockOf(index: Local): Local {
    const compiler = this.#compiler
    const { f, thread } = compiler
    const number = f.local('i32')
    f.get(index)
    this.pushField('shift')
    f.op('i32.shr_u')
    f.set(number)
    this.pushField('table')
    f.get(number)
    f.i32(SPILLED_BLOCK.bytes)
    f.op('i32.mul')
    f.op('i32.add')
    const block = f.keep('i32')
    f.get(block)
    f.memory('i32.load', SPILLED_BLOCK.entries)
    f.op('i32.eqz')
    f.if(() => {
      compiler.event(BLOCK_MISSING, number)
      f.op('drop')
    })
    f.get(block)
    this.pushField('clock')
    f.memory('i32.store', SPILLED_BLOCK.stamp)
    f.get(thread)
    f.get(number)
    f.memory('i32.store', this.#state + SPILLED_PARTITION.last)
    return block
  }

  pushField(field: Exclude<keyof typeof SPILLED_PARTITION, 'bytes'>): void {
    const { f, thread } = this.#compiler
    f.get(thread)
    f.memory('i32.load', this.#state + SPILLED_PARTITION[field])
  }

  pause(): void {
    if (this.#exit === null) return
    this.pushField('pause')
    this.#compiler.f.brIf(this.#exit)
  }

  pushArea(lifetime: WindowLifetime): void {
    if (lifetime === 'partition') this.pushField('lasting')
    else this.#compiler.f.get(this.#compiler.thread)
  }

  keep(value: Value, lifetime: WindowLifetime): Value {
    if (!pointsAway(value)) return value
    return emitCopyToScratch(this.#compiler, value, () => {
      this.pushArea(lifetime)
    })
  }

  tree(...of: Parameters<MakeTree>): FrameTree {
    return this.#makeTree(...of)
  }
}
