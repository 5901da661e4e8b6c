import type { Local } from '../../codegen/assembler.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import { add, type PartitionLocals } from './window-frame.ts'
import { SPILLED_BLOCK, type SpilledRows } from './window-spilled-rows.ts'
import type { FrameState } from './window-state.ts'
import { FANOUT_BITS, FrameTree } from './window-tree.ts'

/** Partitions have fewer than 2^28 rows; one level more where a block is no power of 16. */
export const SPILLED_TREE_LEVELS = 9
const POINTER_BYTES = 4

/**
 * The tree of a spilled partition. Nodes of less than a block lie with the block's rows, and are made when those are
 * loaded; a node for each block, and those above, stay in the heap.
 *
 * The u32 for each level at `levels` of the code's block: below the block's level, where in a block's part the level
 * begins; else where it begins in the heap.
 */
export class SpilledTree extends FrameTree {
  readonly levels: number
  readonly #rows: SpilledRows

  constructor(
    compiler: PipelineCompiler,
    states: readonly FrameState[],
    locals: PartitionLocals,
    place: { readonly rows: SpilledRows; readonly levels: number },
  ) {
    super(compiler, states, locals)
    this.#rows = place.rows
    this.levels = place.levels
  }

  /** Bytes of a node. */
  get nodeBytes(): number {
    return this.node.width
  }

  build(): void {
    // blocks are taken in as they are written and loaded
  }

  /**
   * Emits the making of node `index` of a level from those below, or from rows. States point to what the children point
   * to, which lives as long as a block; nodes of blocks have copies that live as long as the partition.
   */
  emitNode(level: Local, index: Local): void {
    const { compiler, states } = this
    const { f } = compiler
    const lower = f.local('i32')
    const at = f.local('i32')
    const end = f.local('i32')
    f.get(level)
    f.i32(1)
    f.op('i32.sub')
    f.set(lower)
    f.get(index)
    this.#pushShift(level)
    f.op('i32.shl')
    f.tee(at)
    f.i32(1)
    this.#pushShift(level)
    f.op('i32.shl')
    f.op('i32.add')
    f.set(end)
    for (const state of states) state.init()
    f.loop((next) => {
      f.get(lower)
      f.if(
        () => {
          this.pushNodeAt(lower, at)
          this.node.mergeInto(compiler, states, f.keep('i32'))
        },
        () => {
          this.#rows.push(at)
          const row = f.keep('i32')
          for (const state of states) state.feed(row)
        },
      )
      f.get(at)
      f.i32(1)
      this.#pushShift(lower)
      f.op('i32.shl')
      f.op('i32.add')
      f.tee(at)
      f.get(end)
      f.op('i32.lt_u')
      f.brIf(next)
    })
    f.get(index)
    this.#pushShift(level)
    f.op('i32.shl')
    f.set(at)
    this.pushNodeAt(level, at)
    const node = f.keep('i32')
    this.#pushIsInBlock(level)
    f.if(
      () => {
        this.node.store(compiler, states, node, (value) => value)
      },
      () => {
        this.node.store(compiler, states, node, (value) => this.#rows.keep(value, 'partition'))
      },
    )
  }

  protected pushWider(level: Local, span: Local): void {
    const { f } = this.compiler
    const above = f.local('i32')
    f.get(level)
    f.set(above)
    add(this.compiler, above, 1)
    f.i32(1)
    this.#rows.pushField('shift')
    f.op('i32.shl')
    f.get(span)
    f.i32(FANOUT_BITS)
    f.op('i32.shl')
    f.get(above)
    this.#rows.pushField('blockLevel')
    f.op('i32.eq')
    f.op('select')
  }

  protected pushNodeAt(level: Local, at: Local): void {
    const { f, thread } = this.compiler
    const from = f.local('i32')
    const within = f.local('i32')
    this.#pushIsInBlock(level)
    f.if(
      () => {
        const block = this.#rows.blockOf(at)
        f.get(block)
        f.memory('i32.load', SPILLED_BLOCK.nodes)
        f.set(from)
        f.get(at)
        f.i32(1)
        this.#rows.pushField('shift')
        f.op('i32.shl')
        f.i32(1)
        f.op('i32.sub')
        f.op('i32.and')
        f.set(within)
      },
      () => {
        f.i32(0)
        f.set(from)
        f.get(at)
        f.set(within)
      },
    )
    f.get(thread)
    f.get(level)
    f.i32(POINTER_BYTES)
    f.op('i32.mul')
    f.op('i32.add')
    f.memory('i32.load', this.levels)
    f.get(from)
    f.op('i32.add')
    f.get(within)
    this.#pushShift(level)
    f.op('i32.shr_u')
    f.i32(this.node.width)
    f.op('i32.mul')
    f.op('i32.add')
  }

  #pushIsInBlock(level: Local): void {
    const { f } = this.compiler
    f.get(level)
    this.#rows.pushField('blockLevel')
    f.op('i32.lt_u')
  }

  /** Pushes the power of two that says how many rows a node of the level stands for. */
  #pushShift(level: Local): void {
    const { f } = this.compiler
    f.get(level)
    f.i32(FANOUT_BITS)
    f.op('i32.mul')
    this.#rows.pushField('shift')
    f.get(level)
    this.#rows.pushField('blockLevel')
    f.op('i32.sub')
    f.i32(FANOUT_BITS)
    f.op('i32.mul')
    f.op('i32.add')
    this.#pushIsInBlock(level)
    f.op('select')
  }
}
