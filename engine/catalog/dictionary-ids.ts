let lastId = 0

/** An id for a new dictionary of this thread's tables. Dictionaries are made by the coordinator only. */
export function nextDictionaryId(): number {
  lastId++
  return lastId
}
