import { LakebookError } from '../../errors.ts'

/** Where parquet-wasm's Wasm file lies; bundlers follow this expression and ship the file. */
export function decoderModuleUrl(): URL {
  return new URL('../../../node_modules/parquet-wasm/esm/parquet_wasm_bg.wasm', import.meta.url)
}

/** Fetches and compiles the decoder, in browsers. The module can be sent to other threads. */
export async function fetchDecoderModule(): Promise<WebAssembly.Module> {
  const url = decoderModuleUrl()
  const response = await fetch(url)
  if (!response.ok) {
    throw new LakebookError('not_readable', `The Parquet decoder could not be loaded (${response.status})`, {
      hint: `The file ${url.pathname} belongs beside the page's other files.`,
    })
  }
  return WebAssembly.compileStreaming(response)
}
