import { readFile } from 'node:fs/promises'
import { physicalType, physicalWidth, type DataType } from '../arrow/types.ts'
import { ModuleBuilder, type FunctionBuilder, type Label, type Local } from '../codegen/assembler.ts'
import { THREAD_BLOCK, type CodeContext } from '../codegen/code-context.ts'
import { compileExpression } from '../codegen/expression.ts'
import { declareValue, loadValue, pushValid, storeValue, type Value } from '../codegen/value.ts'
import { LakebookError, type ErrorCode, type SourceSpan } from '../errors.ts'
import { scalarCompiler } from '../functions/scalar-lowering.ts'
import { compileKernels, instantiateKernels, type KernelExports } from '../kernels/load.ts'
import type { ColumnId, Expression, IntervalValue, LiteralValue } from '../plan/plan.ts'
import type { TestColumn } from './expression-syntax.ts'

/** A value as tests compare it: that of a literal, or the items of a list. */
export type TestValue = LiteralValue | readonly TestValue[]

/** Bytes of one value with its validity byte, which comes at 16. */
const CELL = 24
const THREAD = 131072
const CONSTANTS = THREAD + 4096
const ROWS = CONSTANTS + 65536
const OUT = ROWS + 4 * 2 ** 20
const SCRATCH = OUT + 2 ** 20
const MEMORY_BYTES = 32 * 2 ** 20

let kernels: Promise<WebAssembly.Module> | undefined

export interface ExpressionRunner {
  /** The expression's value for every row; an error where it raises one. */
  run(expression: Expression, columns: readonly TestColumn[]): (TestValue | LakebookError)[]
  /** Runs code that pushes one value of the type over each row. */
  emit(
    columns: readonly TestColumn[],
    result: 'i32' | 'i64',
    body: (context: CodeContext) => void,
  ): (number | bigint)[]
}

/** Compiles single expressions over rows in memory, without pipelines. */
export async function openExpressionRunner(): Promise<ExpressionRunner> {
  kernels ??= readFile(new URL('../kernels/generated/kernels.wasm', import.meta.url)).then(compileKernels)
  const memory = new WebAssembly.Memory({ initial: MEMORY_BYTES / 65536, maximum: MEMORY_BYTES / 65536 })
  const view = new DataView(memory.buffer)
  const instance = instantiateKernels(await kernels, memory, (_, bytes) => {
    throw new Error(`no scratch space for ${bytes} bytes`)
  })

  function execute(module: Program, rows: number, each: (run: () => unknown) => unknown): unknown[] {
    const instantiated = module.instantiate(memory, instance.exports)
    return Array.from({ length: rows }, (_, row) =>
      each(() => {
        view.setUint32(THREAD + THREAD_BLOCK.scratchNext, SCRATCH + (1 << 22), true)
        view.setUint32(THREAD + THREAD_BLOCK.scratchEnd, MEMORY_BYTES, true)
        return instantiated(THREAD, ROWS + row * module.rowBytes, OUT)
      }),
    )
  }

  return {
    run(expression, columns) {
      const writer = new HeapWriter(view, SCRATCH)
      writer.rows(columns)
      const program = new Program(columns, view)
      program.build([], (context, out) => {
        const value = compileExpression(context, expression)
        storeValue(context.f, value, out, 0)
        context.f.get(out)
        pushValid(context.f, value)
        context.f.memory('i32.store8', 16)
      })
      return execute(program, columns[0]?.values.length ?? 1, (run) => {
        try {
          run()
          return view.getUint8(OUT + 16) === 0 ? null : readValue(view, OUT, expression.type)
        } catch (error) {
          if (error instanceof LakebookError) return error
          throw error
        }
      }) as (TestValue | LakebookError)[]
    },
    emit(columns, result, body) {
      const writer = new HeapWriter(view, SCRATCH)
      writer.rows(columns)
      const program = new Program(columns, view)
      program.build([result], body)
      return execute(program, columns[0]!.values.length, (run) => run()) as (number | bigint)[]
    },
  }
}

/** One function `run(thread, row, out)` around the code under test. */
class Program {
  readonly rowBytes: number
  readonly #columns: readonly TestColumn[]
  readonly #module = new ModuleBuilder({ shared: false })
  readonly #view: DataView
  readonly #sites: { code: ErrorCode; message: string; span: SourceSpan | undefined }[] = []
  #constantsEnd = CONSTANTS

  constructor(columns: readonly TestColumn[], view: DataView) {
    this.#columns = columns
    this.#view = view
    this.rowBytes = columns.length * CELL
  }

  build(results: readonly ('i32' | 'i64')[], body: (context: CodeContext, out: Local) => void): void {
    this.#module.function('run', { params: ['i32', 'i32', 'i32'], results }, (f, [thread, row, out]) => {
      body(this.#context(f, thread!, row!), out!)
    })
  }

  instantiate(
    memory: WebAssembly.Memory,
    exports: KernelExports,
  ): (thread: number, row: number, out: number) => unknown {
    const module = new WebAssembly.Module(this.#module.build())
    const instance = new WebAssembly.Instance(module, {
      env: { memory },
      kernels: exports,
      host: {
        raise: (site: number, pointer: number, length: number) => {
          const { code, message, span } = this.#sites[site]!
          const text = new TextDecoder().decode(new Uint8Array(memory.buffer, pointer >>> 0, length))
          throw new LakebookError(code, message.replace('{}', text), { span })
        },
      },
    })
    return instance.exports['run'] as (thread: number, row: number, out: number) => unknown
  }

  #context(f: FunctionBuilder, thread: Local, row: Local): CodeContext {
    let loaded = new Map<ColumnId, Value>()
    let failed: Label | null = null
    return {
      module: this.#module,
      f,
      thread,
      scalars: scalarCompiler,
      column: (id) => {
        const known = loaded.get(id)
        if (known !== undefined) return known
        const { type, values } = this.#columns[id]!
        const value = declareValue(f, type, values.includes(null))
        loadValue(f, value, row, id * CELL)
        if (value.valid !== null) {
          f.get(row)
          f.memory('i32.load8_u', id * CELL + 16)
          f.set(value.valid)
        }
        loaded.set(id, value)
        return value
      },
      once: (_expression, compute) => compute(),
      branch(body) {
        const outside = new Map(loaded)
        body()
        loaded = outside
      },
      attempt(label, body) {
        const [outer, outside] = [failed, new Map(loaded)]
        failed = label
        body()
        failed = outer
        loaded = outside
      },
      constant: (bytes) => {
        const pointer = this.#constantsEnd
        new Uint8Array(this.#view.buffer, pointer, bytes.length).set(bytes)
        this.#constantsEnd = (pointer + bytes.length + 7) & ~7
        return pointer
      },
      kernel: (name, signature) => this.#module.import('kernels', name, signature),
      raise: (code, message, span, _hint, text) => {
        if (failed !== null) {
          f.br(failed)
          return
        }
        f.i32(this.#sites.push({ code, message, span }) - 1)
        if (text === undefined) {
          f.i32(0)
          f.i32(0)
        } else {
          f.get(text.pointer)
          f.get(text.length)
        }
        f.call(this.#module.import('host', 'raise', { params: ['i32', 'i32', 'i32'], results: [] }))
        f.op('unreachable')
      },
    }
  }
}

class HeapWriter {
  readonly #view: DataView
  #next: number

  constructor(view: DataView, next: number) {
    this.#view = view
    this.#next = next
  }

  rows(columns: readonly TestColumn[]): void {
    const rowBytes = columns.length * CELL
    columns.forEach(({ type, values }, id) => {
      values.forEach((value, row) => {
        const at = ROWS + row * rowBytes + id * CELL
        this.#view.setUint8(at + 16, value === null ? 0 : 1)
        // what lies under a NULL is nothing that could be used
        if (value === null) for (let i = 0; i < 16; i++) this.#view.setUint8(at + i, 0xee)
        else this.#value(at, type, value)
      })
    })
  }

  #value(at: number, type: DataType, value: LiteralValue): void {
    const view = this.#view
    switch (physicalType(type)) {
      case 'bool':
        view.setUint8(at, value === true ? 1 : 0)
        return
      case 'f32':
        view.setFloat32(at, value as number, true)
        return
      case 'f64':
        view.setFloat64(at, value as number, true)
        return
      case 'bytes': {
        const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : (value as Uint8Array)
        new Uint8Array(view.buffer, this.#next, bytes.length).set(bytes)
        view.setUint32(at, this.#next, true)
        view.setUint32(at + 4, bytes.length, true)
        this.#next = (this.#next + bytes.length + 7) & ~7
        return
      }
      case 'interval': {
        const { months, days, micros } = value as IntervalValue
        view.setInt32(at, months, true)
        view.setInt32(at + 4, days, true)
        view.setBigInt64(at + 8, micros, true)
        return
      }
      case 'list':
        throw new Error('columns of lists are not written')
      default:
        view.setBigInt64(at, value as bigint, true)
        view.setBigInt64(at + 8, (value as bigint) >> 64n, true)
    }
  }
}

function readValue(view: DataView, at: number, type: DataType): TestValue {
  const physical = physicalType(type)
  switch (physical) {
    case 'bool':
      return view.getUint8(at) === 1
    case 'i8':
      return BigInt(view.getInt8(at))
    case 'u8':
      return BigInt(view.getUint8(at))
    case 'i16':
      return BigInt(view.getInt16(at, true))
    case 'u16':
      return BigInt(view.getUint16(at, true))
    case 'i32':
      return BigInt(view.getInt32(at, true))
    case 'u32':
      return BigInt(view.getUint32(at, true))
    case 'i64':
      return view.getBigInt64(at, true)
    case 'u64':
      return view.getBigUint64(at, true)
    case 'i128':
      return view.getBigUint64(at, true) | (view.getBigInt64(at + 8, true) << 64n)
    case 'f32':
      return view.getFloat32(at, true)
    case 'f64':
      return view.getFloat64(at, true)
    case 'bytes': {
      const bytes = new Uint8Array(
        view.buffer,
        view.getUint32(at, true),
        view.getUint32(at + 4, true),
      ).slice()
      return type.kind === 'utf8'
        ? new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
        : bytes
    }
    case 'interval':
      return {
        months: view.getInt32(at, true),
        days: view.getInt32(at + 4, true),
        micros: view.getBigInt64(at + 8, true),
      }
    case 'list': {
      const { item } = type as DataType & { kind: 'list' }
      const pointer = view.getUint32(at, true)
      const count = view.getUint32(at + 4, true)
      const width = physicalWidth(physicalType(item))
      return Array.from({ length: count }, (_, i) =>
        view.getUint8(pointer + count * width + i) === 0 ? null : readValue(view, pointer + i * width, item),
      )
    }
  }
}
