import { MEMORY_OPCODES, OPCODES, type MemoryOpcode, type Opcode } from './opcodes.ts'

export type WasmType = 'i32' | 'i64' | 'f32' | 'f64'

const TYPE_CODE = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c } as const satisfies Record<WasmType, number>
const EMPTY_BLOCK = 0x40

/** A local variable or parameter of the function being built. */
export interface Local {
  readonly index: number
  readonly type: WasmType
}

/** A function of the module, imported or built. */
export interface FunctionRef {
  readonly index: number
}

/** Target of a branch; made by `block`, `loop` and `if`, valid inside their bodies only. */
export interface Label {
  readonly depth: number
}

export interface Signature {
  readonly params: readonly WasmType[]
  readonly results: readonly WasmType[]
}

/**
 * Builds one WebAssembly module: imports first, then functions. The memory is always imported as `env.memory`.
 *
 * ```ts
 * const module = new ModuleBuilder({ shared: false })
 * const twice = module.function('twice', { params: ['i32'], results: ['i32'] }, (f, [x]) => {
 *   f.get(x!); f.i32(2); f.op('i32.mul')
 * })
 * const bytes = module.build()
 * ```
 */
export class ModuleBuilder {
  readonly #shared: boolean
  readonly #signatures: Signature[] = []
  readonly #imports: { module: string; name: string; type: number }[] = []
  readonly #importRefs = new Map<string, FunctionRef>()
  readonly #functions: { name: string; type: number; body: FunctionBuilder }[] = []

  constructor(options: { readonly shared: boolean }) {
    this.#shared = options.shared
  }

  /** Imports a function; asking twice for the same one gives the same reference. Must precede `function`. */
  import(module: string, name: string, signature: Signature): FunctionRef {
    const key = `${module}.${name}`
    const known = this.#importRefs.get(key)
    if (known !== undefined) return known
    // Body calls name functions by their position among the imports and the functions; `build` shifts the latter.
    const ref = { index: this.#imports.length }
    this.#imports.push({ module, name, type: this.#type(signature) })
    this.#importRefs.set(key, ref)
    return ref
  }

  /** Adds an exported function. Imports may still be added while and after it is built. */
  function(
    name: string,
    signature: Signature,
    body: (f: FunctionBuilder, params: readonly Local[]) => void,
  ): FunctionRef {
    const builder = new FunctionBuilder(signature)
    const ref = { index: BUILT_FUNCTION | this.#functions.length }
    this.#functions.push({ name, type: this.#type(signature), body: builder })
    body(builder, builder.params)
    return ref
  }

  build(): Uint8Array<ArrayBuffer> {
    const out = new ByteWriter()
    out.bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00])
    out.section(1, (s) => {
      s.u32(this.#signatures.length)
      for (const { params, results } of this.#signatures) {
        s.byte(0x60)
        s.u32(params.length)
        for (const type of params) s.byte(TYPE_CODE[type])
        s.u32(results.length)
        for (const type of results) s.byte(TYPE_CODE[type])
      }
    })
    out.section(2, (s) => {
      s.u32(this.#imports.length + 1)
      s.name('env')
      s.name('memory')
      s.byte(0x02)
      s.byte(this.#shared ? 0x03 : 0x01)
      s.u32(1)
      s.u32(65536)
      for (const { module, name, type } of this.#imports) {
        s.name(module)
        s.name(name)
        s.byte(0x00)
        s.u32(type)
      }
    })
    out.section(3, (s) => {
      s.u32(this.#functions.length)
      for (const { type } of this.#functions) s.u32(type)
    })
    out.section(7, (s) => {
      s.u32(this.#functions.length)
      this.#functions.forEach(({ name }, i) => {
        s.name(name)
        s.byte(0x00)
        s.u32(this.#imports.length + i)
      })
    })
    out.section(10, (s) => {
      s.u32(this.#functions.length)
      for (const { body } of this.#functions) body.write(s, this.#imports.length)
    })
    return out.finish()
  }

  #type(signature: Signature): number {
    const found = this.#signatures.findIndex(
      (s) => s.params.join() === signature.params.join() && s.results.join() === signature.results.join(),
    )
    if (found >= 0) return found
    return this.#signatures.push(signature) - 1
  }
}

const BUILT_FUNCTION = 0x4000_0000

/** Emits the body of one function. Every method appends instructions in order; values travel on Wasm's stack. */
export class FunctionBuilder {
  readonly params: readonly Local[]
  readonly #locals: WasmType[] = []
  /** Of scopes that have ended. */
  readonly #unused: Local[] = []
  /** What the innermost scope has declared; null outside of any. */
  #scoped: Local[] | null = null
  readonly #code = new ByteWriter()
  /** Where in the code a call's function index is still to be written. */
  readonly #calls: { at: number; index: number }[] = []
  #depth = 0

  constructor(signature: Signature) {
    this.params = signature.params.map((type, index) => ({ index, type }))
  }

  /** A fresh local. It is zero at the start of the function only, not at each turn of a loop. */
  local(type: WasmType): Local {
    const at = this.#scoped === null ? -1 : this.#unused.findLastIndex((local) => local.type === type)
    const [reused] = at < 0 ? [] : this.#unused.splice(at, 1)
    const local = reused ?? { index: this.params.length + this.#locals.length, type }
    if (reused === undefined) this.#locals.push(type)
    this.#scoped?.push(local)
    return local
  }

  /**
   * Locals that are declared in the body are declared anew in later scopes, with whatever is in them. A function with
   * thousands of locals takes an engine's compiler long: every branch costs it as much as there are locals.
   */
  scope(body: () => void): void {
    const outer = this.#scoped
    const declared: Local[] = []
    this.#scoped = declared
    body()
    this.#scoped = outer
    this.#unused.push(...declared)
  }

  /** Those declared so far, without the parameters. */
  get locals(): readonly Local[] {
    return this.#locals.map((type, index) => ({ index: this.params.length + index, type }))
  }

  get(local: Local): void {
    this.#code.byte(0x20)
    this.#code.u32(local.index)
  }

  set(local: Local): void {
    this.#code.byte(0x21)
    this.#code.u32(local.index)
  }

  tee(local: Local): void {
    this.#code.byte(0x22)
    this.#code.u32(local.index)
  }

  /** Pops a value into a fresh local. */
  keep(type: WasmType): Local {
    const local = this.local(type)
    this.set(local)
    return local
  }

  i32(value: number): void {
    this.#code.byte(0x41)
    this.#code.signed(BigInt(value | 0))
  }

  i64(value: bigint): void {
    this.#code.byte(0x42)
    this.#code.signed(BigInt.asIntN(64, value))
  }

  f32(value: number): void {
    this.#code.byte(0x43)
    this.#code.bytes(new Uint8Array(new Float32Array([value]).buffer))
  }

  f64(value: number): void {
    this.#code.byte(0x44)
    this.#code.bytes(new Uint8Array(new Float64Array([value]).buffer))
  }

  op(name: Opcode): void {
    const code = OPCODES[name]
    if (code > 0xff) {
      this.#code.byte(code >> 8)
      this.#code.u32(code & 0xff)
    } else {
      this.#code.byte(code)
    }
  }

  /** A load (address on the stack) or store (address, value on the stack) at a constant byte offset. Unaligned is fine. */
  memory(name: MemoryOpcode, offset = 0): void {
    const [code] = MEMORY_OPCODES[name]
    this.#code.byte(code)
    this.#code.u32(0)
    this.#code.u32(offset)
  }

  /** Destination, source, byte count on the stack. */
  memoryCopy(): void {
    this.#code.bytes([0xfc, 10, 0, 0])
  }

  /** Destination, byte value, byte count on the stack. */
  memoryFill(): void {
    this.#code.bytes([0xfc, 11, 0])
  }

  call(target: FunctionRef): void {
    this.#code.byte(0x10)
    // Padded to five bytes, since the number of imports is not yet known.
    this.#calls.push({ at: this.#code.length, index: target.index })
    this.#code.bytes([0x80, 0x80, 0x80, 0x80, 0x00])
  }

  /** A branch to the label leaves the block. */
  block(body: (exit: Label) => void, result?: WasmType): void {
    this.#open(0x02, result)
    body({ depth: this.#depth })
    this.#close()
  }

  /** A branch to the label starts the next turn; falling off the end leaves the loop. */
  loop(body: (again: Label) => void, result?: WasmType): void {
    this.#open(0x03, result)
    body({ depth: this.#depth })
    this.#close()
  }

  /** Pops the condition. A branch to the label leaves the whole `if`. */
  if(then: (exit: Label) => void, otherwise?: ((exit: Label) => void) | null, result?: WasmType): void {
    this.#open(0x04, result)
    then({ depth: this.#depth })
    if (otherwise !== undefined && otherwise !== null) {
      this.#code.byte(0x05)
      otherwise({ depth: this.#depth })
    }
    this.#close()
  }

  br(label: Label): void {
    this.#code.byte(0x0c)
    this.#code.u32(this.#depth - label.depth)
  }

  /** Pops the condition. */
  brIf(label: Label): void {
    this.#code.byte(0x0d)
    this.#code.u32(this.#depth - label.depth)
  }

  /** Writes size, locals and code, with the functions' final indices. */
  write(out: ByteWriter, importCount: number): void {
    const body = new ByteWriter()
    const runs: { type: WasmType; count: number }[] = []
    for (const type of this.#locals) {
      const last = runs.at(-1)
      if (last?.type === type) last.count++
      else runs.push({ type, count: 1 })
    }
    body.u32(runs.length)
    for (const { type, count } of runs) {
      body.u32(count)
      body.byte(TYPE_CODE[type])
    }
    const code = this.#code.finish()
    for (const { at, index } of this.#calls) {
      const final = index >= BUILT_FUNCTION ? importCount + (index - BUILT_FUNCTION) : index
      for (let i = 0; i < 4; i++) code[at + i] = ((final >>> (7 * i)) & 0x7f) | 0x80
      code[at + 4] = (final >>> 28) & 0x7f
    }
    body.bytes(code)
    body.byte(0x0b)
    const bytes = body.finish()
    out.u32(bytes.length)
    out.bytes(bytes)
  }

  #open(code: number, result: WasmType | undefined): void {
    this.#code.byte(code)
    this.#code.byte(result === undefined ? EMPTY_BLOCK : TYPE_CODE[result])
    this.#depth++
  }

  #close(): void {
    this.#code.byte(0x0b)
    this.#depth--
  }
}

class ByteWriter {
  #bytes = new Uint8Array(256)
  length = 0

  byte(value: number): void {
    if (this.length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.length++] = value
  }

  bytes(values: ArrayLike<number>): void {
    this.#grow(values.length)
    this.#bytes.set(values, this.length)
    this.length += values.length
  }

  /** Unsigned LEB128. */
  u32(value: number): void {
    let rest = value >>> 0
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.byte(rest)
  }

  /** Signed LEB128. */
  signed(value: bigint): void {
    let rest = value
    for (;;) {
      const low = Number(rest & 0x7fn)
      rest >>= 7n
      if ((rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0)) {
        this.byte(low)
        return
      }
      this.byte(low | 0x80)
    }
  }

  name(text: string): void {
    const bytes = new TextEncoder().encode(text)
    this.u32(bytes.length)
    this.bytes(bytes)
  }

  section(id: number, write: (section: ByteWriter) => void): void {
    const content = new ByteWriter()
    write(content)
    this.byte(id)
    this.u32(content.length)
    this.bytes(content.finish())
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.length)
  }

  #grow(by: number): void {
    if (this.length + by <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.length + by, this.#bytes.length * 2))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}
