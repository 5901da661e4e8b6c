import type { Label, Local } from '../../codegen/assembler.ts'
import { compileExpression } from '../../codegen/expression.ts'
import type { CodedColumn, PipelineCompiler, SinkCode } from '../pipeline-compiler.ts'
import { pointsAway, type RowLayout } from '../row-layout.ts'
import {
  emitAppend,
  emitArenaIsShort,
  emitArenaNeed,
  prepareRowStore,
  type RowStoreLocals,
} from '../row-store.ts'
import { emitFeed, emitInit, emitRoom, RowState, type FeedMode } from './aggregate-code.ts'
import type { AggregateShape, StateShape } from './aggregate-shape.ts'
import { GroupMemo } from './group-memo.ts'
import { emitLeaveUnlessSame, emitLookup } from './row-keys.ts'

/** Why the code calls the runtime; the argument is the arena bytes that must be free afterwards. */
export const GROUP_EVENT = {
  /** A group is to be added: room for one more row and directory entry. */
  newGroup: 0,
  /** A state is to copy something. */
  arena: 1,
} as const

/** Block fields of the directory, u32 each: address, entries - 1, groups that may still be added. */
export const DIRECTORY_SLOTS = { address: 0, mask: 4, left: 8, bytes: 16 } as const

/**
 * Code that finds or adds the group of each row and feeds its states. Groups are rows of a `RowStore` (u32 hash
 * first); the directory is an array of u32 pointers to them, 0 for none, probed linearly from `hash & mask`.
 */
export class HashAggregateSink implements SinkCode {
  readonly #shape: AggregateShape
  readonly #mode: FeedMode
  #store: RowStoreLocals | null = null
  #memo: GroupMemo | null = null
  #directory: {
    readonly slots: number
    readonly address: Local
    readonly mask: Local
    readonly left: Local
  } | null = null

  constructor(shape: AggregateShape, mode: FeedMode) {
    this.#shape = shape
    this.#mode = mode
  }

  /** Block offset of the row store's slots. */
  get storeSlots(): number {
    return this.#store?.slots ?? 0
  }

  /** Block offset of `DIRECTORY_SLOTS`. */
  get directorySlots(): number {
    return this.#directory?.slots ?? 0
  }

  prepare(compiler: PipelineCompiler): void {
    this.#store = prepareRowStore(compiler)
    const slots = compiler.state(DIRECTORY_SLOTS.bytes)
    this.#directory = {
      slots,
      address: compiler.stateLocal(slots + DIRECTORY_SLOTS.address, 'i32'),
      mask: compiler.stateLocal(slots + DIRECTORY_SLOTS.mask, 'i32'),
      left: compiler.stateLocal(slots + DIRECTORY_SLOTS.left, 'i32'),
    }
    if (this.#mode === 'update' && this.#shape.keys.every(({ expression }) => expression.kind === 'column')) {
      this.#memo = new GroupMemo(compiler)
    }
  }

  emit(compiler: PipelineCompiler): void {
    const { f } = compiler
    const store = this.#store!
    const row = f.local('i32')
    const stateOf = (state: StateShape): RowState =>
      new RowState(compiler, row, this.#shape.layout, state.firstField, store)
    const codes = this.#codesOfKeys(compiler)
    f.loop((restart) => {
      if (codes === null) this.#emitFind(compiler, row, restart, stateOf)
      else {
        const entry = this.#memo!.recall(row, codes)
        f.get(row)
        f.op('i32.eqz')
        f.if(() =>
          compiler.branch(() => {
            this.#emitFind(compiler, row, restart, stateOf)
            this.#memo!.remember(row, entry)
          }),
        )
      }
      const room = emitRoom(compiler, this.#shape, this.#mode, stateOf)
      if (room === null) return
      emitArenaIsShort(compiler, store, room)
      f.if(() => {
        // the table may be an emptied one afterwards
        compiler.event(GROUP_EVENT.arena, room)
        f.op('drop')
        this.#memo?.forget()
        f.br(restart)
      })
    })
    emitFeed(compiler, this.#shape, this.#mode, stateOf)
  }

  /** Null when not every key comes as a code. */
  #codesOfKeys(compiler: PipelineCompiler): readonly (() => CodedColumn)[] | null {
    if (this.#memo === null) return null
    const codes = this.#shape.keys.flatMap(({ expression }) => {
      const load = expression.kind === 'column' ? compiler.codeOf(expression.id) : undefined
      return load === undefined ? [] : [load]
    })
    return codes.length === this.#shape.keys.length ? codes : null
  }

  /** Sets `row` to the group's row, new or not; goes to `restart` when the table has changed meanwhile. */
  #emitFind(
    compiler: PipelineCompiler,
    row: Local,
    restart: Label,
    stateOf: (state: StateShape) => RowState,
  ): void {
    const { f } = compiler
    const store = this.#store!
    const keys = this.#shape.keys.map(({ column, expression }) =>
      this.#mode === 'merge' ? compiler.column(column.id) : compileExpression(compiler, expression),
    )
    const { keys: lookupKeys, hash } = emitLookup(compiler, keys)
    const layout = keyLayout(this.#shape)
    const { address, mask, left } = this.#directory!
    const slot = f.local('i32')
    const entry = f.local('i32')
    f.block((found) => {
      f.get(hash)
      f.get(mask)
      f.op('i32.and')
      f.set(slot)
      f.loop((next) => {
        f.get(address)
        f.get(slot)
        f.i32(2)
        f.op('i32.shl')
        f.op('i32.add')
        f.tee(entry)
        f.memory('i32.load')
        f.tee(row)
        f.op('i32.eqz')
        f.if(() => {
          compiler.branch(() => {
            const needed = layout.hasArena ? emitArenaNeed(compiler, layout, keys) : null
            f.get(left)
            f.op('i32.eqz')
            f.get(store.rowNext)
            f.get(store.rowEnd)
            f.op('i32.eq')
            f.op('i32.or')
            if (needed !== null) {
              emitArenaIsShort(compiler, store, needed)
              f.op('i32.or')
            }
            f.if(() => {
              // the table may be a larger or an emptied one afterwards
              compiler.event(GROUP_EVENT.newGroup, needed ?? 0)
              f.op('drop')
              this.#memo?.forget()
              f.br(restart)
            })
            const added = emitAppend(compiler, store, layout, keys)
            f.get(added)
            f.tee(row)
            f.get(hash)
            f.memory('i32.store')
            f.get(entry)
            f.get(row)
            f.memory('i32.store')
            f.get(left)
            f.i32(1)
            f.op('i32.sub')
            f.set(left)
            emitInit(compiler, this.#shape, stateOf)
            f.br(found)
          })
        })
        f.get(row)
        f.memory('i32.load')
        f.get(hash)
        f.op('i32.eq')
        f.if(() => {
          f.block((different) => {
            lookupKeys.forEach((key, index) => {
              emitLeaveUnlessSame(compiler, key, row, layout.fields[index]!, true, different)
            })
            f.br(found)
          })
        })
        f.get(slot)
        f.i32(1)
        f.op('i32.add')
        f.get(mask)
        f.op('i32.and')
        f.set(slot)
        f.br(next)
      })
    })
  }
}

/** The keys' part of a group's row. */
export function keyLayout(shape: AggregateShape): RowLayout {
  const fields = shape.layout.fields.slice(0, shape.keys.length)
  return { ...shape.layout, fields, hasArena: fields.some(({ column }) => pointsAway(column)) }
}
