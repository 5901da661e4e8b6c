/** Ids that one thread may give out: more than it can ever make. */
const IDS_PER_THREAD = 2 ** 32

let lastId = 0

/** An id for a new dictionary, unlike any other of the same heap. */
export function nextDictionaryId(): number {
  lastId++
  return lastId
}

/** On a thread that joins a heap, `serial` being unlike any other such thread's (from 1 on): makes its ids its own. */
export function startDictionaryIds(serial: number): void {
  lastId = serial * IDS_PER_THREAD
}
