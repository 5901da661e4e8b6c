/** Runs of letters, digits and underscores, in lower case. */
export function wordsOfText(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [])
}

/** The longest word of a name; null when it has none. */
export function wordOf(name: string): string | null {
  const words = [...wordsOfText(name)]
  return words.toSorted((a, b) => b.length - a.length)[0] ?? null
}

/** The words of every text in a syntax tree, added to `words`; what kinds of nodes are called is no text. */
export function wordsIn(tree: unknown, words = new Set<string>()): Set<string> {
  if (typeof tree === 'string') for (const word of wordsOfText(tree)) words.add(word)
  if (typeof tree !== 'object' || tree === null) return words
  for (const [key, part] of Object.entries(tree)) if (key !== 'kind' && key !== 'span') wordsIn(part, words)
  return words
}
