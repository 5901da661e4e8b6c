import type { Local } from '../../codegen/assembler.ts'
import { newColumn } from '../../plan/column-ids.ts'
import type { Value } from '../../codegen/value.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import { emitLoadField, emitStoreField, layoutRow, type RowField } from '../row-layout.ts'
import { add, type PartitionLocals } from './window-frame.ts'
import { type RowRange } from './window-ranges.ts'
import type { FrameState } from './window-state.ts'

/** Each node stands for 16 of the level below; rows are level 0. */
export const FANOUT_BITS = 4
/** Partitions have fewer than 2^28 rows. */
const MOST_LEVELS = 8
const POINTER_BYTES = 4

/** How a node lies in memory: the fields of the states, one after the other. */
export class TreeNode {
  readonly width: number
  readonly #fields: readonly (readonly { readonly field: RowField; readonly index: number }[])[]

  constructor(states: readonly FrameState[]) {
    const columns = states.map((state) =>
      state.fields.flatMap(({ type, nullable, spilled }, index) =>
        spilled === false ? [] : [{ index, column: newColumn(`state.${index}`, type, nullable) }],
      ),
    )
    const all = columns.flat().map(({ column }) => column)
    const layout = layoutRow(all, 0)
    this.width = layout.width
    this.#fields = columns.map((each) =>
      each.map(({ index, column }) => ({ index, field: layout.fields[all.indexOf(column)]! })),
    )
  }

  /** Emits that the states are written to a node; `keep` gives what is written of a value. */
  store(
    { f }: PipelineCompiler,
    states: readonly FrameState[],
    node: Local,
    keep: (value: Value) => Value,
  ): void {
    states.forEach((state, which) => {
      for (const { field, index } of this.#fields[which]!)
        emitStoreField(f, node, field, keep(state.load(index)))
    })
  }

  /** Emits that the states take a node in. */
  mergeInto({ f }: PipelineCompiler, states: readonly FrameState[], node: Local): void {
    states.forEach((state, which) => {
      state.merge(this.#fields[which]!.map(({ field }) => emitLoadField(f, node, field)))
    })
  }
}

/**
 * The states of aligned runs of 16, 256, … rows of a partition, so that any frame is a few of them and at most 15 rows
 * at either end: a frame of n rows costs O(log n), and all nodes together take a fifteenth of a state for each row.
 * Everything is taken in in the order of the rows.
 */
export abstract class FrameTree {
  protected readonly compiler: PipelineCompiler
  protected readonly states: readonly FrameState[]
  protected readonly locals: PartitionLocals
  protected readonly node: TreeNode

  constructor(compiler: PipelineCompiler, states: readonly FrameState[], locals: PartitionLocals) {
    this.compiler = compiler
    this.states = states
    this.locals = locals
    this.node = new TreeNode(states)
  }

  /** Emits what is done before the first row of a partition. */
  abstract build(): void

  /** Pushes how many rows a node of the level above stands for; one of `level` stands for `span`. */
  protected abstract pushWider(level: Local, span: Local): void

  /** Pushes the address of the node that begins with row `at`. */
  protected abstract pushNodeAt(level: Local, at: Local): void

  /** Emits: the states take in every row of the range. */
  takeIn({ first, last }: RowRange): void {
    const compiler = this.compiler
    const { f } = compiler
    const { start, rows } = this.locals
    const at = f.local('i32')
    const level = f.local('i32')
    const span = f.local('i32')
    const wider = f.local('i32')
    f.get(first)
    f.set(at)
    f.block((exit) => {
      f.loop((again) => {
        f.get(at)
        f.get(last)
        f.op('i32.ge_s')
        f.brIf(exit)
        f.i32(0)
        f.set(level)
        f.i32(1)
        f.set(span)
        // the widest node that begins here and ends in the range
        f.block((found) => {
          f.loop((climb) => {
            this.pushWider(level, span)
            f.set(wider)
            f.get(at)
            f.get(start)
            f.op('i32.sub')
            f.get(wider)
            f.i32(1)
            f.op('i32.sub')
            f.op('i32.and')
            f.brIf(found)
            f.get(last)
            f.get(at)
            f.op('i32.sub')
            f.get(wider)
            f.op('i32.lt_s')
            f.brIf(found)
            f.get(wider)
            f.set(span)
            add(compiler, level, 1)
            f.br(climb)
          })
        })
        f.get(level)
        f.if(
          () => {
            this.pushNodeAt(level, at)
            this.node.mergeInto(compiler, this.states, f.keep('i32'))
          },
          () => {
            rows.push(at)
            const row = f.keep('i32')
            for (const state of this.states) state.feed(row)
          },
        )
        f.get(at)
        f.get(span)
        f.op('i32.add')
        f.set(at)
        f.br(again)
      })
    })
  }
}

/**
 * The tree of a partition in the heap.
 *
 * Layout in the scratch area: a u32 for each level, where its nodes begin; then the nodes, level by level. A level has
 * as many nodes as are full.
 */
export class HeapTree extends FrameTree {
  readonly #levels: Local

  constructor(compiler: PipelineCompiler, states: readonly FrameState[], locals: PartitionLocals) {
    super(compiler, states, locals)
    this.#levels = compiler.f.local('i32')
  }

  /** Emits the making of all nodes of the partition. */
  build(): void {
    const compiler = this.compiler
    const { f, thread } = compiler
    const { start, end } = this.locals
    const rows = f.local('i32')
    const nodes = f.local('i32')
    const level = f.local('i32')
    const count = f.local('i32')
    const base = f.local('i32')
    const below = f.local('i32')
    f.get(end)
    f.get(start)
    f.op('i32.sub')
    f.set(rows)
    // the nodes of all levels are fewer than rows / 15
    f.get(thread)
    f.get(rows)
    f.i32((1 << FANOUT_BITS) - 1)
    f.op('i32.div_u')
    f.i32(this.node.width)
    f.op('i32.mul')
    f.i32(MOST_LEVELS * POINTER_BYTES)
    f.op('i32.add')
    f.call(compiler.kernel('scratch_allocate', { params: ['i32', 'i32'], results: ['i32'] }))
    f.tee(this.#levels)
    f.i32(MOST_LEVELS * POINTER_BYTES)
    f.op('i32.add')
    f.set(base)
    f.i32(1)
    f.set(level)
    f.get(rows)
    f.i32(FANOUT_BITS)
    f.op('i32.shr_u')
    f.set(count)
    f.block((exit) => {
      f.loop((again) => {
        f.get(count)
        f.op('i32.eqz')
        f.brIf(exit)
        this.#pushLevelAddress(level)
        f.get(base)
        f.memory('i32.store')
        f.i32(0)
        f.set(nodes)
        f.loop((next) => {
          this.#buildNode(level, nodes, below, base)
          add(compiler, nodes, 1)
          f.get(nodes)
          f.get(count)
          f.op('i32.lt_u')
          f.brIf(next)
        })
        f.get(base)
        f.set(below)
        f.get(base)
        f.get(count)
        f.i32(this.node.width)
        f.op('i32.mul')
        f.op('i32.add')
        f.set(base)
        f.get(count)
        f.i32(FANOUT_BITS)
        f.op('i32.shr_u')
        f.set(count)
        add(compiler, level, 1)
        f.br(again)
      })
    })
  }

  protected pushWider(_level: Local, span: Local): void {
    const { f } = this.compiler
    f.get(span)
    f.i32(FANOUT_BITS)
    f.op('i32.shl')
  }

  protected pushNodeAt(level: Local, at: Local): void {
    const { f } = this.compiler
    this.#pushLevelAddress(level)
    f.memory('i32.load')
    f.get(at)
    f.get(this.locals.start)
    f.op('i32.sub')
    f.get(level)
    f.i32(FANOUT_BITS)
    f.op('i32.mul')
    f.op('i32.shr_u')
    f.i32(this.node.width)
    f.op('i32.mul')
    f.op('i32.add')
  }

  /** Node `index` of a level: of 16 rows on level 1, else of 16 nodes that begin at `below`. */
  #buildNode(level: Local, index: Local, below: Local, base: Local): void {
    const compiler = this.compiler
    const { f } = compiler
    const child = f.local('i32')
    const childEnd = f.local('i32')
    for (const state of this.states) state.init()
    f.get(index)
    f.i32(FANOUT_BITS)
    f.op('i32.shl')
    f.tee(child)
    f.i32(1 << FANOUT_BITS)
    f.op('i32.add')
    f.set(childEnd)
    f.loop((next) => {
      f.get(level)
      f.i32(1)
      f.op('i32.eq')
      f.if(
        () => {
          f.get(this.locals.start)
          f.get(child)
          f.op('i32.add')
          const entry = f.keep('i32')
          this.locals.rows.push(entry)
          const row = f.keep('i32')
          for (const state of this.states) state.feed(row)
        },
        () => {
          this.#pushNode(below, child)
          this.node.mergeInto(compiler, this.states, f.keep('i32'))
        },
      )
      add(compiler, child, 1)
      f.get(child)
      f.get(childEnd)
      f.op('i32.lt_u')
      f.brIf(next)
    })
    this.#pushNode(base, index)
    const node = f.keep('i32')
    this.node.store(compiler, this.states, node, (value) => value)
  }

  #pushNode(base: Local, index: Local): void {
    const { f } = this.compiler
    f.get(base)
    f.get(index)
    f.i32(this.node.width)
    f.op('i32.mul')
    f.op('i32.add')
  }

  #pushLevelAddress(level: Local): void {
    const { f } = this.compiler
    f.get(this.#levels)
    f.get(level)
    f.i32(POINTER_BYTES)
    f.op('i32.mul')
    f.op('i32.add')
  }
}
