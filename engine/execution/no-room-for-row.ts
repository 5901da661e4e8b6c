import { LakebookError } from '../errors.ts'
import { formatBytes } from '../memory/format-bytes.ts'
import type { PageOwner } from '../memory/page-owner.ts'

/** From here on a row is called long. */
const LONG_BYTES = 2 ** 20

/** The error for a row that there is no room for, not even when all other rows have left. */
export function noRoomForRow(owner: PageOwner, bytes: number): LakebookError {
  const refusal = owner.reservation.refusal(bytes)
  if (bytes < LONG_BYTES) return refusal
  return new LakebookError(
    'out_of_memory',
    `There is no room for a row of ${formatBytes(bytes)}. ${refusal.message}`,
    {
      hint: 'The longest rows are in the heap up to three times at once: raise the heap budget, or leave long values out of the query.',
      cause: refusal,
    },
  )
}
