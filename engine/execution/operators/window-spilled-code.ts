import type { FunctionRef, Label, Local } from '../../codegen/assembler.ts'
import { internalError } from '../../errors.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import { emitWindowCall } from './window-calls.ts'
import { emitFirstRow, emitOrderComparator, emitRow, rowLocals, type WindowShape } from './window-code.ts'
import { add, type PartitionLocals, type WindowCallCode, type WindowCallShape } from './window-frame.ts'
import { SPILLED_PARTITION, SpilledRows } from './window-spilled-rows.ts'
import { SPILLED_TREE_LEVELS, SpilledTree } from './window-spilled-tree.ts'

/** A call's tree: its function `name(thread, level, from, to)` makes nodes `from` to `to` of a level. */
export interface SpilledTreeCode {
  readonly name: string
  /** Block offset of the levels' u32s: see `SpilledTree`. */
  readonly levels: number
  readonly nodeBytes: number
}

export interface SpilledWindowCode {
  /** Block offset of `SPILLED_PARTITION`. */
  readonly state: number
  /** By call: `name(thread, resume, to) → i32`. */
  readonly calls: readonly string[]
  readonly trees: readonly SpilledTreeCode[]
  /** See `PartitionLocals`. */
  readonly carried: readonly number[]
}

/**
 * Adds for each call a function over one partition in the spill file, `name(thread, resume, to) → i32`: it fills in the
 * results of the rows before `to`, from the first on when `resume` is 0, else from where it was left. It returns how far
 * it came: less than `to` when it was told to pause. All that it knows is kept in the block meanwhile, so a partition is
 * gone through slice by slice.
 */
export function emitSpilledWindow(compiler: PipelineCompiler, shape: WindowShape): SpilledWindowCode {
  const state = compiler.state(SPILLED_PARTITION.bytes)
  const compare = shape.ordered ? emitOrderComparator(compiler, shape) : null
  const trees: SpilledTreeCode[] = []
  const carried: number[] = []
  const calls = shape.calls.map((call, index) => {
    const name = `call_${index}`
    emitCallFunction(compiler, call, { name, state, compare, trees, carried })
    return name
  })
  return { state, calls, trees, carried }
}

interface CallPlace {
  readonly name: string
  readonly state: number
  readonly compare: FunctionRef | null
  readonly trees: SpilledTreeCode[]
  readonly carried: number[]
}

function emitCallFunction(compiler: PipelineCompiler, call: WindowCallShape, place: CallPlace): void {
  const signature = { params: ['i32', 'i32', 'i32'], results: ['i32'] } as const
  compiler.function(place.name, signature, (f, [, resume, to]) => {
    const restoring = f.local('i32')
    f.get(resume!)
    f.set(restoring)
    const index = f.local('i32')
    let carried: readonly CarriedLocal[] = []
    f.block((exit) => {
      const locals = declareLocals(compiler, place, { index, exit })
      const code = emitBegin(compiler, call, locals, { resume: resume!, state: place.state })
      f.loop((again) => {
        f.get(restoring)
        f.op('i32.eqz')
        f.if(
          () => {
            emitRow(compiler, call, locals, code)
            add(compiler, index, 1)
          },
          () => {
            // Emitted behind the code of a row, since now all locals are known.
            carried = carriedLocals(compiler, restoring)
            emitRestore(compiler, carried)
            code.resume?.()
            f.i32(0)
            f.set(restoring)
          },
        )
        f.get(index)
        f.get(to!)
        f.op('i32.lt_u')
        f.brIf(again)
      })
    })
    emitSave(compiler, carried)
    f.get(index)
  })
}

function declareLocals(
  compiler: PipelineCompiler,
  { state, compare, trees, carried }: CallPlace,
  loop: { readonly index: Local; readonly exit: Label },
): PartitionLocals {
  const { f } = compiler
  const rows: SpilledRows = new SpilledRows(compiler, state, loop.exit, (states, locals, declarePointers) => {
    const levels = compiler.state(SPILLED_TREE_LEVELS * 4)
    const tree = new SpilledTree(compiler, states, locals, { rows, levels })
    const name = `nodes_${trees.length}`
    trees.push({ name, levels, nodeBytes: tree.nodeBytes })
    emitNodesFunction(compiler, name, () => {
      const still = new SpilledRows(compiler, state, null, noTree)
      return new SpilledTree(compiler, declarePointers(), locals, { rows: still, levels })
    })
    return tree
  })
  const partition = { rows, start: f.local('i32'), end: f.local('i32'), first: f.local('i32') }
  const range = { ...partition, before: f.local('i64'), total: f.local('i64'), carried }
  return { ...rowLocals(compiler, range, compare), index: loop.index }
}

/** Emits what comes before the first row of the partition, for when the loop is not resumed. */
function emitBegin(
  compiler: PipelineCompiler,
  call: WindowCallShape,
  locals: PartitionLocals,
  { resume, state }: { readonly resume: Local; readonly state: number },
): WindowCallCode {
  const { f, thread } = compiler
  const code: WindowCallCode[] = []
  f.get(resume)
  f.op('i32.eqz')
  f.if(() => {
    for (const [local, field] of [
      [locals.end, 'rows'],
      [locals.first, 'first'],
      [locals.before, 'before'],
    ] as const) {
      f.get(thread)
      f.memory(`${local.type}.load`, state + SPILLED_PARTITION[field])
      f.set(local)
    }
    f.get(locals.end)
    f.op('i64.extend_i32_u')
    f.get(locals.before)
    f.op('i64.add')
    f.set(locals.total)
    code.push(emitWindowCall(compiler, call, locals))
    emitFirstRow(compiler, call, locals)
  })
  return code[0]!
}

/** Adds `name(thread, level, from, to)`. */
function emitNodesFunction(compiler: PipelineCompiler, name: string, open: () => SpilledTree): void {
  const signature = { params: ['i32', 'i32', 'i32', 'i32'], results: [] } as const
  compiler.function(name, signature, (f, [, level, from, to]) => {
    const tree = open()
    const index = f.local('i32')
    f.get(from!)
    f.set(index)
    f.block((exit) => {
      f.loop((again) => {
        f.get(index)
        f.get(to!)
        f.op('i32.ge_u')
        f.brIf(exit)
        tree.emitNode(level!, index)
        add(compiler, index, 1)
        f.br(again)
      })
    })
  })
}

function noTree(): never {
  throw internalError('a tree has no tree')
}

interface CarriedLocal {
  readonly local: Local
  /** Where it is kept between two runs of the code. */
  readonly offset: number
}

function carriedLocals(compiler: PipelineCompiler, except: Local): readonly CarriedLocal[] {
  return compiler.f.locals
    .filter(({ index }) => index !== except.index)
    .map((local) => ({ local, offset: compiler.state(8) }))
}

function emitRestore({ f, thread }: PipelineCompiler, carried: readonly CarriedLocal[]): void {
  for (const { local, offset } of carried) {
    f.get(thread)
    f.memory(`${local.type}.load`, offset)
    f.set(local)
  }
}

function emitSave({ f, thread }: PipelineCompiler, carried: readonly CarriedLocal[]): void {
  for (const { local, offset } of carried) {
    f.get(thread)
    f.get(local)
    f.memory(`${local.type}.store`, offset)
  }
}
