import { readFile } from 'node:fs/promises'
import { compileDecoder, decoderModuleUrl } from './decoder-module.ts'

/** Reads and compiles the decoder, in Node. */
export async function readDecoderModule(): Promise<WebAssembly.Module> {
  return compileDecoder(await readFile(decoderModuleUrl()))
}
