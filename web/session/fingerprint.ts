import type { ResultHandle } from '../../workers/protocol.ts'
import { fetchPage } from './result-pages.ts'
import { tableChecksum } from './row-checksum.ts'

/** Larger results are compared by their number of rows alone. */
export const FINGERPRINT_ROWS = 2_000_000
const PAGE_ROWS = 65_536

/** A checksum that does not depend on the order of rows: threads may deliver them in any. Null for a large result. */
export async function resultFingerprint(result: ResultHandle): Promise<string | null> {
  if (result.rowCount > FINGERPRINT_ROWS) return null
  let sum = 0
  for (let offset = 0; offset < result.rowCount; offset += PAGE_ROWS) {
    sum += tableChecksum(await fetchPage(result.id, offset, PAGE_ROWS), result.schema)
  }
  return sum.toString(16).padStart(8, '0').slice(-8)
}
