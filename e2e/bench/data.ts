import { readFile, writeFile } from 'node:fs/promises'
import { readParquet } from 'parquet-wasm'

/** Rewrites a Parquet file as an Arrow IPC stream, which every engine can take. */
export async function writeArrowStream(parquetFile: string, arrowFile: string): Promise<void> {
  const table = readParquet(await readFile(parquetFile))
  await writeFile(arrowFile, table.intoIPCStream())
}
