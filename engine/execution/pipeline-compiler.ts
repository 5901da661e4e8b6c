import type { ErrorCode, SourceSpan } from '../errors.ts'
import { internalError } from '../errors.ts'
import { columnsOf } from '../plan/plan-tree.ts'
import type { ColumnId, Expression } from '../plan/plan.ts'
import {
  ModuleBuilder,
  type FunctionBuilder,
  type FunctionRef,
  type Label,
  type Local,
  type WasmType,
} from '../codegen/assembler.ts'
import {
  THREAD_BLOCK,
  type CodeContext,
  type KernelSignature,
  type RuntimeText,
  type ScalarCompiler,
} from '../codegen/code-context.ts'
import type { Value } from '../codegen/value.ts'
import { scalarCompiler } from '../functions/scalar-lowering.ts'
import type { ConstantArea } from './constant-area.ts'
import { ReadAhead } from './read-ahead.ts'
import { ResumePoints } from './resume-points.ts'
import { SERIAL_KERNELS } from './serial-kernels.ts'

/** An error that the code can raise. In `message`, `{}` stands for a string of the row at fault. */
export interface ErrorSite {
  readonly code: ErrorCode
  readonly message: string
  readonly span: SourceSpan | undefined
  readonly hint: string | undefined
}

/**
 * A compiled pipeline: plain data, so that it can be sent to a compute worker.
 *
 * The module exports `run(thread, begin, end) → i32`, which takes rows `begin` to `end` of the chunk bound in the
 * thread's block through every step into the sink. It says how it ended (`RUN_END`). It imports
 * `host.raise(site, text, textBytes)` (does not return) and `host.event(kind, argument) → i32`, by which the sink's runtime makes room.
 */
export interface PipelineProgram {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly blockBytes: number
  readonly errorSites: readonly ErrorSite[]
  /** Where each operator's row counter (i64) lies in the block, by operator id. */
  readonly counters: readonly { readonly operator: number; readonly offset: number }[]
}

/** How a call of `run` ended: all rows were taken, no more are wanted, or one was left in its middle (`ResumePoints`). */
export const RUN_END = { done: 0, stopped: 1, left: 2 } as const

/** One operator inside a pipeline. It emits its code for one row and calls `next` where a row goes on. */
export interface Step {
  /** It keeps nothing from row to row, so that threads may run it side by side. Absent: it does. */
  readonly stateless?: true
  /** About how many times the work of a simple row one row makes; absent: 1. */
  readonly rowCost?: number
  /** Called once, before any code is emitted: lay out state here. */
  prepare?(compiler: PipelineCompiler): void
  emit(compiler: PipelineCompiler, next: () => void): void
  /**
   * Emits the same for a row that is known to pass: makes columns known, and counts nothing. Absent: no row can be taken
   * through it twice.
   */
  emitAgain?(compiler: PipelineCompiler, next: () => void): void
  /**
   * Pushes the address of what the step will look at for the current row, u32. Absent: looking there before the row
   * comes is not worth its while. See `ReadAhead`.
   */
  readonly pushAhead?: (compiler: PipelineCompiler) => void
}

/** The end of a pipeline, as code. */
export interface SinkCode {
  prepare?(compiler: PipelineCompiler): void
  emit(compiler: PipelineCompiler): void
}

/** The start of a pipeline, as code: makes the columns of the row at `index` known. */
export interface SourceCode {
  /** Any row can be emitted again. Absent: it cannot. */
  readonly repeatable?: true
  prepare?(compiler: PipelineCompiler): void
  /** `next` emits the rest; a row that is to be skipped does not reach it. */
  emit(compiler: PipelineCompiler, index: Local, next: () => void): void
}

/** A column that comes as small whole numbers which stand for its values, in the current row. */
export interface CodedColumn {
  readonly code: Local
  readonly valid: Local | null
  /** Pushes how many codes there are (i32): all are below it. The same for all rows of a chunk. */
  readonly pushEntries: () => void
}

interface ColumnDefinition {
  readonly load: () => Value
  readonly loadCode: (() => CodedColumn) | undefined
}

interface StateLocal {
  readonly offset: number
  readonly local: Local
}

/** Compiles source, steps and sink into one loop. See `PipelineProgram` for what comes out. */
export class PipelineCompiler implements CodeContext {
  readonly module: ModuleBuilder
  readonly scalars: ScalarCompiler = scalarCompiler
  readonly resume = new ResumePoints(this)
  readonly #constants: ConstantArea
  readonly #errorSites: ErrorSite[] = []
  readonly #counters: { operator: number; offset: number; local: Local }[] = []
  readonly #state: StateLocal[] = []
  #definitions = new Map<ColumnId, ColumnDefinition>()
  #loaded = new Map<ColumnId, Value>()
  /** Where errors go while something is attempted. */
  #failed: Label | null = null
  /** Values of expressions, each with the columns that it reads. */
  #computed = new Map<Expression, { readonly value: Value; readonly reads: ReadonlySet<ColumnId> }>()
  #blockBytes: number = THREAD_BLOCK.state
  #isSerial = false
  #pushCounts: (() => void) | null = null
  #function: FunctionBuilder | null = null
  #thread: Local | null = null
  #exit: { readonly label: Label; readonly result: Local } | null = null

  constructor(options: { readonly shared: boolean; readonly constants: ConstantArea }) {
    this.module = new ModuleBuilder({ shared: options.shared })
    this.#constants = options.constants
  }

  get f(): FunctionBuilder {
    if (this.#function === null) throw internalError('code was emitted outside a function')
    return this.#function
  }

  get thread(): Local {
    if (this.#thread === null) throw internalError('code was emitted outside a function')
    return this.#thread
  }

  compile(source: SourceCode, steps: readonly Step[], sink: SinkCode): PipelineProgram {
    this.function('run', { params: ['i32', 'i32', 'i32'], results: ['i32'] }, (f, [, begin, end]) => {
      source.prepare?.(this)
      for (const step of steps) step.prepare?.(this)
      sink.prepare?.(this)
      const emitFrom = (at: number): void => {
        const step = steps[at]
        if (step === undefined) sink.emit(this)
        else {
          step.emit(this, () => {
            emitFrom(at + 1)
          })
        }
      }
      const ahead = ReadAhead.of(this, source, steps)
      for (const { offset, local } of this.#state) this.#loadState(offset, local)
      const index = f.local('i32')
      f.get(begin!)
      f.set(index)
      ahead?.emitBegin(begin!)
      const result = f.local('i32')
      f.block((exit) => {
        this.#exit = { label: exit, result }
        f.loop((again) => {
          f.get(index)
          f.get(end!)
          f.op('i32.ge_u')
          f.brIf(exit)
          if (ahead === null) {
            this.branch(() => {
              source.emit(this, index, () => {
                emitFrom(0)
              })
            })
            f.get(index)
            f.i32(1)
            f.op('i32.add')
            f.set(index)
          } else {
            ahead.emitBlock(index, end!, emitFrom)
          }
          f.br(again)
        })
      })
      this.#storeState()
      this.resume.emitKeepRow(ahead?.row ?? index)
      this.#storeCounters()
      f.get(result)
    })
    return this.program()
  }

  /** What was added so far, as it is instantiated: `run` by `compile`, and other functions by `function`. */
  program(): PipelineProgram {
    return {
      bytes: this.module.build(),
      blockBytes: this.#blockBytes,
      errorSites: this.#errorSites,
      counters: this.#counters.map(({ operator, offset }) => ({ operator, offset })),
    }
  }

  /** Adds another exported function whose first parameter is the thread's block (comparators, merges). */
  function(
    name: string,
    signature: { readonly params: readonly WasmType[]; readonly results: readonly WasmType[] },
    body: (f: FunctionBuilder, params: readonly Local[]) => void,
  ): FunctionRef {
    const outer = {
      function: this.#function,
      thread: this.#thread,
      definitions: this.#definitions,
      loaded: this.#loaded,
      computed: this.#computed,
    }
    this.#definitions = new Map()
    this.#loaded = new Map()
    this.#computed = new Map()
    try {
      return this.module.function(name, signature, (f, params) => {
        this.#function = f
        this.#thread = params[0] ?? null
        body(f, params)
      })
    } finally {
      this.#function = outer.function
      this.#thread = outer.thread
      this.#definitions = outer.definitions
      this.#loaded = outer.loaded
      this.#computed = outer.computed
    }
  }

  // --- CodeContext

  column(id: ColumnId): Value {
    const loaded = this.#loaded.get(id)
    if (loaded !== undefined) return loaded
    const definition = this.#definitions.get(id)
    if (definition === undefined) throw internalError(`column #${id} is not known to this pipeline`)
    const failed = this.#failed
    // what a column is computed from was not attempted
    this.#failed = null
    const value = definition.load()
    this.#failed = failed
    this.#loaded.set(id, value)
    return value
  }

  once(expression: Expression, compute: () => Value): Value {
    const known = this.#computed.get(expression)
    if (known !== undefined) return known.value
    const value = compute()
    this.#computed.set(expression, { value, reads: columnsOf(expression) })
    return value
  }

  branch(body: () => void): void {
    const loaded = new Map(this.#loaded)
    const computed = new Map(this.#computed)
    const definitions = new Map(this.#definitions)
    body()
    this.#loaded = loaded
    this.#computed = computed
    this.#definitions = definitions
  }

  constant(bytes: Uint8Array): number {
    return this.#constants.place(bytes)
  }

  kernel(name: string, signature: KernelSignature): FunctionRef {
    if (SERIAL_KERNELS.has(name)) this.#isSerial = true
    return this.module.import('kernels', name, signature)
  }

  /** What was emitted so far cannot be repeated for the same row. */
  get isSerial(): boolean {
    return this.#isSerial
  }

  attempt(failed: Label, body: () => void): void {
    const outer = this.#failed
    this.#failed = failed
    // a column first loaded here may have failed before it was
    this.branch(body)
    this.#failed = outer
  }

  raise(code: ErrorCode, message: string, span?: SourceSpan, hint?: string, text?: RuntimeText): void {
    if (this.#failed !== null) {
      this.f.br(this.#failed)
      return
    }
    const site = this.#errorSites.push({ code, message, span, hint }) - 1
    this.f.i32(site)
    if (text === undefined) {
      this.f.i32(0)
      this.f.i32(0)
    } else {
      this.f.get(text.pointer)
      this.f.get(text.length)
    }
    this.f.call(this.module.import('host', 'raise', { params: ['i32', 'i32', 'i32'], results: [] }))
    this.f.op('unreachable')
  }

  // --- for sources, steps and sinks

  /**
   * Says how a column's value is got in the current row; emitted at its first use. Replaces an earlier definition.
   * `loadCode`: how its code is got, where it comes as one; emitted at every use.
   */
  define(id: ColumnId, load: () => Value, loadCode?: () => CodedColumn): void {
    this.#definitions.set(id, { load, loadCode })
    this.#loaded.delete(id)
    for (const [expression, { reads }] of this.#computed) if (reads.has(id)) this.#computed.delete(expression)
  }

  /** How the column's code in the current row is got; undefined when it does not come as one. */
  codeOf(id: ColumnId): (() => CodedColumn) | undefined {
    return this.#definitions.get(id)?.loadCode
  }

  /** Bytes of the thread's block, 8-byte aligned, for whatever an operator keeps from call to call; zero at first. */
  state(bytes: number): number {
    const offset = this.#blockBytes
    this.#blockBytes += (bytes + 7) & ~7
    return offset
  }

  /**
   * A field of the block held in a local while the function runs: read at the start, written back at the end and
   * around every `event`. Only in `prepare`.
   */
  stateLocal(offset: number, type: WasmType): Local {
    const local = this.f.local(type)
    this.#state.push({ offset, local })
    return local
  }

  /** Calls the sink's runtime. Pushes its answer (i32). */
  event(kind: number, argument: Local | number): void {
    this.#storeState()
    this.f.i32(kind)
    if (typeof argument === 'number') this.f.i32(argument)
    else this.f.get(argument)
    this.f.call(this.module.import('host', 'event', { params: ['i32', 'i32'], results: ['i32'] }))
    for (const { offset, local } of this.#state) this.#loadState(offset, local)
  }

  /** Counts a row for the operator's profile. */
  count(operator: number): void {
    let counter = this.#counters.find((c) => c.operator === operator)
    if (counter === undefined) {
      counter = { operator, offset: this.state(8), local: this.f.local('i32') }
      this.#counters.push(counter)
    }
    this.f.get(counter.local)
    if (this.#pushCounts === null) this.resume.pushFirstTime()
    else this.#pushCounts()
    this.f.op('i32.add')
    this.f.set(counter.local)
  }

  /** While the body is emitted, rows are counted for which `pushCounts` pushes 1 instead of 0. */
  countWhere(pushCounts: () => void, body: () => void): void {
    this.#pushCounts = pushCounts
    body()
    this.#pushCounts = null
  }

  /** Emits the end of the run: no more rows are wanted. */
  stop(): void {
    this.#end(RUN_END.stopped)
  }

  /** For `ResumePoint`: emits the end of the run in the middle of a row. */
  leave(): void {
    this.#end(RUN_END.left)
  }

  #end(how: number): void {
    if (this.#exit === null) throw internalError('a pipeline was stopped outside its loop')
    this.f.i32(how)
    this.f.set(this.#exit.result)
    this.f.br(this.#exit.label)
  }

  #storeCounters(): void {
    for (const { offset, local } of this.#counters) {
      this.f.get(this.thread)
      this.f.get(this.thread)
      this.f.memory('i64.load', offset)
      this.f.get(local)
      this.f.op('i64.extend_i32_u')
      this.f.op('i64.add')
      this.f.memory('i64.store', offset)
    }
  }

  #loadState(offset: number, local: Local): void {
    this.f.get(this.thread)
    this.f.memory(`${local.type}.load`, offset)
    this.f.set(local)
  }

  #storeState(): void {
    for (const { offset, local } of this.#state) {
      this.f.get(this.thread)
      this.f.get(local)
      this.f.memory(`${local.type}.store`, offset)
    }
  }
}
