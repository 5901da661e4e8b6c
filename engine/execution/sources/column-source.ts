import { itemPhysical, physicalType, physicalWidth } from '../../arrow/types.ts'
import type { ColumnBatch } from '../../arrow/column-batch.ts'
import type { Local } from '../../codegen/assembler.ts'
import { itemTypeOf } from '../../codegen/list-loop.ts'
import { declareValue, loadValue, type Value } from '../../codegen/value.ts'
import { internalError } from '../../errors.ts'
import type { Heap } from '../../memory/heap.ts'
import type { Column } from '../../plan/plan.ts'
import type { CodedColumn, PipelineCompiler, SourceCode } from '../pipeline-compiler.ts'

export interface SourceColumn {
  readonly column: Column
  /** The batches hold codes into a dictionary. */
  readonly dictionary: boolean
}

/** Block fields of one column, u32 each. */
const SLOT = {
  validity: 0,
  values: 4,
  offsets: 8,
  dictionaryOffsets: 12,
  dictionaryValues: 16,
  childValidity: 20,
  /** Of a dictionary. */
  entries: 20,
} as const
const SLOT_BYTES = 24

/**
 * Code that reads rows of Arrow vectors. `bindBatch` puts a batch's pointers where the code finds them. A nullable column
 * without a bitmap reads validity from `allValid`, a run of set bits as long as any batch. With `rowNumber`, that column
 * counts on from what `bindFirstRow` said.
 */
export class ColumnSource implements SourceCode {
  readonly repeatable = true
  readonly columns: readonly SourceColumn[]
  readonly #rowNumber: Column | null
  #slots = 0

  constructor(columns: readonly SourceColumn[], rowNumber: Column | null = null) {
    this.columns = columns
    this.#rowNumber = rowNumber
  }

  /** Where the columns' slots begin in the thread's block; known after compilation. */
  get slots(): number {
    return this.#slots
  }

  prepare(compiler: PipelineCompiler): void {
    this.#slots = compiler.state(SLOT_BYTES * this.columns.length + (this.#rowNumber === null ? 0 : 8))
  }

  emit(compiler: PipelineCompiler, index: Local, next: () => void): void {
    this.columns.forEach((source, position) => {
      const slot = this.#slots + position * SLOT_BYTES
      compiler.define(
        source.column.id,
        () => emitLoad(compiler, source, slot, index),
        source.dictionary ? () => emitLoadCode(compiler, source, slot, index) : undefined,
      )
    })
    const number = this.#rowNumber
    if (number !== null) {
      compiler.define(number.id, () => {
        const { f, thread } = compiler
        const value = declareValue(f, number.type, false)
        f.get(thread)
        f.memory('i64.load', this.#slots + SLOT_BYTES * this.columns.length)
        f.get(index)
        f.op('i64.extend_i32_u')
        f.op('i64.add')
        f.set(value.locals[0]!)
        return value
      })
    }
    next()
  }
}

function emitLoad(compiler: PipelineCompiler, source: SourceColumn, slot: number, index: Local): Value {
  const { f, thread } = compiler
  const { column } = source
  const value = declareValue(f, column.type, column.nullable)
  if (value.valid !== null) {
    emitValid(compiler, slot, index)
    f.set(value.valid)
  }
  const physical = physicalType(column.type)
  if (physical === 'bool') {
    f.get(thread)
    f.memory('i32.load', slot + SLOT.values)
    emitBit(compiler, index)
    f.set(value.locals[0]!)
  } else if (physical === 'bytes') {
    emitLoadBytes(compiler, source, slot, index, value)
  } else if (physical === 'list') {
    emitLoadList(compiler, source, slot, index, value)
  } else {
    f.get(thread)
    f.memory('i32.load', slot + SLOT.values)
    f.get(index)
    f.i32(physicalWidth(physical))
    f.op('i32.mul')
    f.op('i32.add')
    loadValue(f, value, f.keep('i32'), 0)
  }
  return value
}

function emitLoadCode(
  compiler: PipelineCompiler,
  { column }: SourceColumn,
  slot: number,
  index: Local,
): CodedColumn {
  const { f, thread } = compiler
  emitCode(compiler, slot, index)
  const code = f.keep('i32')
  let valid: Local | null = null
  if (column.nullable) {
    emitValid(compiler, slot, index)
    valid = f.keep('i32')
  }
  return {
    code,
    valid,
    pushEntries: () => {
      f.get(thread)
      f.memory('i32.load', slot + SLOT.entries)
    },
  }
}

function emitValid(compiler: PipelineCompiler, slot: number, index: Local): void {
  compiler.f.get(compiler.thread)
  compiler.f.memory('i32.load', slot + SLOT.validity)
  emitBit(compiler, index)
}

/** Bitmap pointer on the stack; pushes the bit at `index`. */
function emitBit(compiler: PipelineCompiler, index: Local): void {
  const { f } = compiler
  f.get(index)
  f.i32(3)
  f.op('i32.shr_u')
  f.op('i32.add')
  f.memory('i32.load8_u')
  f.get(index)
  f.i32(7)
  f.op('i32.and')
  f.op('i32.shr_u')
  f.i32(1)
  f.op('i32.and')
}

function emitLoadBytes(
  compiler: PipelineCompiler,
  source: SourceColumn,
  slot: number,
  index: Local,
  value: Value,
): void {
  const { f, thread } = compiler
  const entry = f.local('i32')
  f.get(thread)
  if (source.dictionary) {
    f.memory('i32.load', slot + SLOT.dictionaryOffsets)
    emitCode(compiler, slot, index)
  } else {
    f.memory('i32.load', slot + SLOT.offsets)
    f.get(index)
  }
  f.i32(2)
  f.op('i32.shl')
  f.op('i32.add')
  f.tee(entry)
  f.memory('i32.load')
  const start = f.keep('i32')
  f.get(thread)
  f.memory('i32.load', slot + (source.dictionary ? SLOT.dictionaryValues : SLOT.values))
  f.get(start)
  f.op('i32.add')
  f.set(value.locals[0]!)
  f.get(entry)
  f.memory('i32.load', 4)
  f.get(start)
  f.op('i32.sub')
  f.set(value.locals[1]!)
}

/** Pushes the dictionary code at `index`; `offsets` of the slot holds log2 of the codes' width. */
function emitCode({ f, thread }: PipelineCompiler, slot: number, index: Local): void {
  const width = f.local('i32')
  const code = f.local('i32')
  f.get(thread)
  f.memory('i32.load', slot + SLOT.values)
  f.get(index)
  f.get(thread)
  f.memory('i32.load', slot + SLOT.offsets)
  f.tee(width)
  f.op('i32.shl')
  f.op('i32.add')
  f.set(code)
  f.get(width)
  f.op('i32.eqz')
  f.if(
    () => {
      f.get(code)
      f.memory('i32.load8_u')
    },
    () => {
      f.get(width)
      f.i32(1)
      f.op('i32.eq')
      f.if(
        () => {
          f.get(code)
          f.memory('i32.load16_u')
        },
        () => {
          f.get(code)
          f.memory('i32.load')
        },
        'i32',
      )
    },
    'i32',
  )
}

function emitLoadList(
  compiler: PipelineCompiler,
  source: SourceColumn,
  slot: number,
  index: Local,
  value: Value,
): void {
  const { f, thread } = compiler
  const entry = f.local('i32')
  const start = f.local('i32')
  f.get(thread)
  f.memory('i32.load', slot + SLOT.offsets)
  f.get(index)
  f.i32(2)
  f.op('i32.shl')
  f.op('i32.add')
  f.tee(entry)
  f.memory('i32.load')
  f.set(start)
  f.get(entry)
  f.memory('i32.load', 4)
  f.get(start)
  f.op('i32.sub')
  f.set(value.locals[1]!)
  // Items of an Arrow list do not lie as a list value does: they are copied into the scratch area.
  const item = itemPhysical(itemTypeOf(source.column.type))
  f.get(thread)
  f.get(thread)
  f.memory('i32.load', slot + SLOT.values)
  f.get(thread)
  f.memory('i32.load', slot + SLOT.dictionaryValues)
  f.get(thread)
  f.memory('i32.load', slot + SLOT.childValidity)
  f.get(start)
  f.get(value.locals[1]!)
  f.i32(item === 'bytes' || item === 'bool' ? 0 : physicalWidth(item))
  f.i32(item === 'bytes' ? 1 : 0)
  f.call(
    compiler.kernel('list_value', {
      params: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
      results: ['i32'],
    }),
  )
  f.set(value.locals[0]!)
}

/** Says which row of the table the batch's first is, to code with so many columns and a row number. */
export function bindFirstRow(
  heap: Heap,
  block: number,
  slots: number,
  columns: number,
  firstRow: number | undefined,
): void {
  if (firstRow === undefined) throw internalError('rows are to be numbered whose numbers nobody knows')
  heap.i64[(block + slots + columns * SLOT_BYTES) >>> 3] = BigInt(firstRow)
}

/** Points the code of `source` at a batch whose columns are in the same order. `allValid` covers the batch's rows. */
export function bindBatch(
  heap: Heap,
  block: number,
  slots: number,
  batch: ColumnBatch,
  allValid: number,
): void {
  batch.columns.forEach((vector, position) => {
    const at = (block + slots + position * SLOT_BYTES) >>> 2
    const { dictionary, child } = vector
    heap.u32[at] = vector.validity === 0 ? allValid : vector.validity
    heap.u32[at + 1] = vector.values
    heap.u32[at + 2] = vector.offsets
    heap.u32[at + 3] = 0
    heap.u32[at + 4] = 0
    heap.u32[at + 5] = 0
    if (dictionary !== null) {
      heap.u32[at + 2] = Math.log2(dictionary.codeBytes)
      heap.u32[at + 3] = dictionary.offsets
      heap.u32[at + 4] = dictionary.values
      heap.u32[at + 5] = dictionary.length
    }
    if (child !== null) {
      heap.u32[at + 1] = child.values
      heap.u32[at + 4] = child.offsets
      heap.u32[at + 5] = child.validity
    }
  })
}
