import { readFile } from 'node:fs/promises'
import { decoderModuleUrl } from './decoder-module.ts'

/** Reads and compiles the decoder, in Node. */
export async function readDecoderModule(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(decoderModuleUrl()))
}
