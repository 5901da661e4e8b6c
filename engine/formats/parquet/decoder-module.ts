import { LakebookError } from '../../errors.ts'
import { limitMemory } from './limit-memory.ts'

/**
 * What a decoder may grow to while it works, whatever a damaged file tells it to allocate. Between two uses it keeps no
 * more than its share (`DecoderSlot`).
 */
const MOST_DECODER_BYTES = 512 * 2 ** 20

/** Where parquet-wasm's Wasm file lies; bundlers follow this expression and ship the file. */
export function decoderModuleUrl(): URL {
  return new URL('../../../node_modules/parquet-wasm/esm/parquet_wasm_bg.wasm', import.meta.url)
}

/** The decoder's module, from the bytes of that file. It can be sent to other threads. */
export async function compileDecoder(binary: Uint8Array): Promise<WebAssembly.Module> {
  const limited = limitMemory(binary, MOST_DECODER_BYTES)
  const module = await WebAssembly.compile(limited)
  free(limited.buffer)
  return module
}

/** `ArrayBuffer.prototype.transfer`, which Node 20 lacks. */
interface FreeableBuffer {
  transfer?(newByteLength: number): unknown
}

/** Frees some MiB now that the collector, which sees little of them, would leave for long. */
function free(buffer: ArrayBuffer): void {
  ;(buffer as FreeableBuffer).transfer?.(0)
}

/** Fetches and compiles the decoder, in browsers. */
export async function fetchDecoderModule(): Promise<WebAssembly.Module> {
  const url = decoderModuleUrl()
  const response = await fetch(url)
  if (!response.ok) {
    throw new LakebookError('not_readable', `The Parquet decoder could not be loaded (${response.status})`, {
      hint: `The file ${url.pathname} belongs beside the page's other files.`,
    })
  }
  const binary = await response.arrayBuffer()
  const module = await compileDecoder(new Uint8Array(binary))
  free(binary)
  return module
}
