import { internalError } from '../../errors.ts'

/** The decoder looked at the bytes and said no; its state is sound. `message` is its own. */
export class DecoderRefusal extends Error {
  override readonly name = 'DecoderRefusal'
}

/**
 * parquet-wasm's decoder, driven through its Wasm exports alone. Its JavaScript glue keeps one instance a module for
 * ever; here an instance belongs to its decoder, so that a decoder which trapped or grew too large can be dropped and
 * its memory goes with it. Nothing here is asynchronous: the bytes are read before.
 */
export class ParquetDecoder {
  private readonly exports: DecoderExports

  constructor(module: WebAssembly.Module) {
    this.exports = instantiate(module)
  }

  /** What the instance holds, which never shrinks. */
  get memoryBytes(): number {
    return this.exports.memory.buffer.byteLength
  }

  /**
   * Decodes a Parquet file of one column, given in parts, into one Arrow array. Rows `offset` to `offset + limit`.
   * Throws `DecoderRefusal`; after any other error, a trap above all,
   * the decoder must be dropped.
   */
  decode(
    parts: readonly Uint8Array[],
    rows: { readonly offset: number; readonly limit: number },
  ): DecodedColumn {
    const wasm = this.exports
    const bytes = parts.reduce((sum, part) => sum + part.length, 0)
    const file = wasm.__wbindgen_malloc(bytes, 1) >>> 0
    let at = file
    for (const part of parts) {
      new Uint8Array(wasm.memory.buffer).set(part, at)
      at += part.length
    }
    const options = this.keep({ batchSize: rows.limit, offset: rows.offset, limit: rows.limit })
    const table = this.checked(wasm.readParquet(file, bytes, options))
    try {
      return new DecodedColumn(wasm, this.batchesOf(table))
    } finally {
      wasm.__wbg_table_free(table, 0)
    }
  }

  private batchesOf(table: number): readonly DecodedBatch[] {
    const wasm = this.exports
    const batches: DecodedBatch[] = []
    const count = wasm.table_numBatches(table)
    for (let i = 0; i < count; i++) {
      const data = this.checked(wasm.recordbatch_intoFFI(wasm.table_recordBatch(table, i)))
      batches.push({
        data,
        array: wasm.ffidata_arrayAddr(data) >>> 0,
        schema: wasm.ffidata_schemaAddr(data) >>> 0,
      })
    }
    return batches
  }

  private keep(value: unknown): number {
    const index = this.exports.__externref_table_alloc()
    this.exports.__wbindgen_externrefs.set(index, value)
    return index
  }

  private checked([pointer, error, failed]: readonly [number, number, number]): number {
    if (failed === 0) return pointer >>> 0
    const wasm = this.exports
    const reason: unknown = wasm.__wbindgen_externrefs.get(error)
    wasm.__externref_table_dealloc(error)
    throw new DecoderRefusal(reason instanceof Error ? reason.message : String(reason))
  }
}

interface DecodedBatch {
  readonly data: number
  readonly array: number
  readonly schema: number
}

/** The decoder's result: Arrow C Data structs in its memory, valid until `free`. */
export class DecodedColumn {
  private readonly exports: DecoderExports
  private readonly batches: readonly DecodedBatch[]

  constructor(exports: DecoderExports, batches: readonly DecodedBatch[]) {
    this.exports = exports
    this.batches = batches
  }

  get memory(): ArrayBuffer {
    return this.exports.memory.buffer
  }

  /** Addresses of the ArrowArray structs, each a struct array of the one column. */
  get arrays(): readonly number[] {
    return this.batches.map((batch) => batch.array)
  }

  /** Address of the ArrowSchema of the batches. */
  get schema(): number | null {
    return this.batches[0]?.schema ?? null
  }

  free(): void {
    for (const batch of this.batches) this.exports.__wbg_ffidata_free(batch.data, 0)
  }
}

type Fallible = readonly [pointer: number, error: number, failed: number]

interface DecoderExports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly __wbindgen_externrefs: WebAssembly.Table
  readonly __wbindgen_malloc: (bytes: number, align: number) => number
  readonly __wbindgen_realloc: (pointer: number, old: number, bytes: number, align: number) => number
  readonly __wbindgen_exn_store: (index: number) => void
  readonly __wbindgen_start: () => void
  readonly __externref_table_alloc: () => number
  readonly __externref_table_dealloc: (index: number) => void
  readonly readParquet: (pointer: number, bytes: number, options: number) => Fallible
  readonly table_numBatches: (table: number) => number
  readonly table_recordBatch: (table: number, index: number) => number
  readonly recordbatch_intoFFI: (batch: number) => Fallible
  readonly ffidata_arrayAddr: (data: number) => number
  readonly ffidata_schemaAddr: (data: number) => number
  readonly __wbg_table_free: (table: number, unused: number) => void
  readonly __wbg_ffidata_free: (data: number, unused: number) => void
}

/**
 * Instantiates the module with the few imports that synchronous decoding calls; any other would be a call into
 * parquet-wasm's asynchronous half, which is a bug here. Import names end in a hash of the binding, which is cut off.
 */
function instantiate(module: WebAssembly.Module): DecoderExports {
  const imports: WebAssembly.ModuleImports = {}
  const bindings = bindingsFor(() => exports)
  const [descriptor] = WebAssembly.Module.imports(module)
  for (const { name } of WebAssembly.Module.imports(module)) {
    const plain = name.replace(/_[0-9a-f]{16}$/, '')
    imports[name] =
      bindings[name] ??
      bindings[plain] ??
      (() => {
        throw internalError(`the Parquet decoder called ${name}`)
      })
  }
  const instance = new WebAssembly.Instance(module, { [descriptor?.module ?? '']: imports })
  const exports = instance.exports as unknown as DecoderExports
  exports.__wbindgen_start()
  return exports
}

type Binding = (...args: never[]) => unknown

function bindingsFor(wasm: () => DecoderExports): Readonly<Record<string, Binding>> {
  const decoder = new TextDecoder()
  const encoder = new TextEncoder()
  const view = () => new DataView(wasm().memory.buffer)
  const text = (pointer: number, length: number) =>
    decoder.decode(new Uint8Array(wasm().memory.buffer, pointer >>> 0, length >>> 0))
  const returnText = (at: number, value: string) => {
    const encoded = encoder.encode(value)
    const pointer = wasm().__wbindgen_malloc(encoded.length, 1) >>> 0
    new Uint8Array(wasm().memory.buffer).set(encoded, pointer)
    view().setUint32(at, pointer, true)
    view().setUint32(at + 4, encoded.length, true)
  }
  return {
    __wbindgen_init_externref_table: () => {
      const table = wasm().__wbindgen_externrefs
      const offset = table.grow(4)
      table.set(0, undefined)
      table.set(offset, undefined)
      table.set(offset + 1, null)
      table.set(offset + 2, true)
      table.set(offset + 3, false)
    },
    __wbg_Error: (pointer: number, length: number) => new Error(text(pointer, length)),
    __wbg_new_a32a1ab6c6655abe: (pointer: number, length: number) => new Error(text(pointer, length)),
    __wbg___wbindgen_throw: (pointer: number, length: number) => {
      throw new Error(text(pointer, length))
    },
    __wbg___wbindgen_debug_string: (at: number, value: unknown) => {
      returnText(at, String(value))
    },
    __wbg_String: (at: number, value: unknown) => {
      returnText(at, String(value))
    },
    __wbg___wbindgen_is_undefined: (value: unknown) => value === undefined,
    __wbg___wbindgen_is_object: (value: unknown) => typeof value === 'object' && value !== null,
    __wbg___wbindgen_is_string: (value: unknown) => typeof value === 'string',
    __wbg___wbindgen_is_function: (value: unknown) => typeof value === 'function',
    __wbg___wbindgen_is_bigint: (value: unknown) => typeof value === 'bigint',
    __wbg___wbindgen_in: (key: string, value: object) => key in value,
    __wbg___wbindgen_jsval_eq: (left: unknown, right: unknown) => left === right,
    // The binding's loose equality is only ever asked about null and undefined.
    __wbg___wbindgen_jsval_loose_eq: (left: unknown, right: unknown) => (left ?? null) === (right ?? null),
    __wbg___wbindgen_number_get: (at: number, value: unknown) => {
      view().setFloat64(at + 8, typeof value === 'number' ? value : 0, true)
      view().setInt32(at, typeof value === 'number' ? 1 : 0, true)
    },
    __wbg___wbindgen_boolean_get: (value: unknown) => (typeof value === 'boolean' ? Number(value) : 0xffffff),
    __wbg_isSafeInteger: (value: unknown) => Number.isSafeInteger(value),
    __wbg_isArray: (value: unknown) => Array.isArray(value),
    __wbg_Number: (value: unknown) => Number(value),
    __wbg_get_with_ref_key: (value: Readonly<Record<string, unknown>>, key: string) => value[key],
    __wbindgen_generic_0000000000000004: (value: number) => value,
    __wbindgen_generic_0000000000000005: (pointer: number, length: number) => text(pointer, length),
    __wbg_static_accessor_GLOBAL: () => 0,
    __wbg_static_accessor_GLOBAL_THIS: () => 0,
    __wbg_static_accessor_SELF: () => 0,
    __wbg_static_accessor_WINDOW: () => 0,
  }
}
