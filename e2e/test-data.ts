import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pl from 'nodejs-polars'

export const eventRows = 600_000
export const eventUsers = 120_000

/**
 * A folder of files that the sites serve under `/data/`: `events.parquet`, whose sort does not fit into 16 MiB,
 * `small.parquet`, files that are damaged in several ways, and `blank.html`, a page without the notebook.
 */
export async function makeTestData(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lakebook-data-'))
  const events = parquetOf(eventRows)
  const small = parquetOf(1000)
  await writeFile(path.join(folder, 'events.parquet'), events)
  await writeFile(path.join(folder, 'small.parquet'), small)
  await writeFile(path.join(folder, 'truncated.parquet'), small.subarray(0, small.length - 100))
  await writeFile(path.join(folder, 'empty.parquet'), '')
  await writeFile(path.join(folder, 'not-parquet.parquet'), 'id,name\n1,Ada\n')
  await writeFile(
    path.join(folder, 'blank.html'),
    '<!doctype html><html lang="en"><title>Blank</title><link rel="icon" href="data:,"></html>',
  )
  return folder
}

/** `id` 0 … n−1 in a scattered order, `user_id` one of `eventUsers`, `value` in tenths, `note` some 20 bytes of text. */
function parquetOf(rows: number): Uint8Array {
  const id = new Float64Array(rows)
  const user = new Float64Array(rows)
  const value = new Float64Array(rows)
  const note: string[] = []
  for (let row = 0; row < rows; row++) {
    // multiplying by a number that has no factor in common with n visits every residue once
    const scattered = (row * 7_919) % rows
    id[row] = scattered
    user[row] = (scattered * 31) % eventUsers
    value[row] = ((scattered * 17) % 4000) / 10
    note.push(`note ${(scattered * 104_729) % rows} of many`)
  }
  const frame = pl.DataFrame([
    pl.Series('id', [...id], pl.Int64),
    pl.Series('user_id', [...user], pl.Int64),
    pl.Series('value', [...value], pl.Float64),
    pl.Series('note', note, pl.Utf8),
  ])
  return frame.writeParquet({ compression: 'snappy' })
}
