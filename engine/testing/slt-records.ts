/**
 * The sqllogictest format, as this project writes it:
 *
 *     statement ok                     the statements that follow must run
 *     statement error <pattern>        must fail with a message that matches (in any case)
 *     query <types> [nosort|rowsort|valuesort] [label]
 *     SELECT …
 *     ----
 *     one row a line, its cells separated by a blank (a cell of text that holds blanks or is empty is in quotes)
 *
 *     hash-threshold <n>               results of more than n values are given as a hash
 *     skipif | onlyif <engine>         on the line before a record
 *     halt                             ends the file
 *
 * Types: `T` text, `I` integer, `R` real (compared to 9 significant digits), `D` date or time, `B` boolean, `?` any.
 * A record ends at an empty line; `#` begins a comment between records.
 */
export type SltRecord = StatementRecord | QueryRecord | HashThresholdRecord | HaltRecord

interface Conditional {
  /** 1-based, of the record's first line. */
  readonly line: number
  readonly skipIf: readonly string[]
  readonly onlyIf: readonly string[]
}

export interface StatementRecord extends Conditional {
  readonly kind: 'statement'
  readonly sql: string
  /** Null when the statement must succeed; else a pattern for the message, which may be empty. */
  readonly errorPattern: string | null
}

export type SortMode = 'nosort' | 'rowsort' | 'valuesort'

export interface QueryRecord extends Conditional {
  readonly kind: 'query'
  readonly sql: string
  readonly types: string
  readonly sort: SortMode
  /** Queries of one label have the same result. */
  readonly label: string | null
  readonly expected: readonly string[]
  /** 0-based lines of the expected result in the file, end exclusive, for `--complete`. */
  readonly expectedLines: { readonly start: number; readonly end: number }
}

interface HashThresholdRecord extends Conditional {
  readonly kind: 'hash-threshold'
  readonly values: number
}

interface HaltRecord extends Conditional {
  readonly kind: 'halt'
}

export class SltSyntaxError extends Error {
  override readonly name = 'SltSyntaxError'
  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`)
  }
}

export function parseSlt(text: string): SltRecord[] {
  const lines = text.split(/\r?\n/)
  const records: SltRecord[] = []
  let skipIf: string[] = []
  let onlyIf: string[] = []
  let at = 0

  /** The lines up to an empty one or `----`, which stays unread. */
  function readBlock(): string[] {
    const start = at
    while (at < lines.length && lines[at]!.trim() !== '' && lines[at]!.trim() !== '----') at++
    return lines.slice(start, at)
  }

  while (at < lines.length) {
    const header = lines[at]!.trim()
    const line = at + 1
    at++
    if (header === '' || header.startsWith('#')) continue
    const [keyword, ...args] = header.split(/\s+/)
    if (keyword === 'skipif' || keyword === 'onlyif') {
      const engine = args[0]
      if (engine === undefined) throw new SltSyntaxError(line, `${keyword} names no engine`)
      if (keyword === 'skipif') skipIf.push(engine)
      else onlyIf.push(engine)
      continue
    }
    const condition: Conditional = { line, skipIf, onlyIf }
    skipIf = []
    onlyIf = []
    switch (keyword) {
      case 'halt':
        records.push({ ...condition, kind: 'halt' })
        break
      case 'hash-threshold':
        records.push({ ...condition, kind: 'hash-threshold', values: Number(args[0]) })
        break
      case 'statement': {
        if (args[0] !== 'ok' && args[0] !== 'error')
          throw new SltSyntaxError(line, `statement must be ok or error, not ${args[0] ?? 'nothing'}`)
        const pattern = header.slice(header.indexOf(args[0]) + args[0].length).trim()
        records.push({
          ...condition,
          kind: 'statement',
          sql: readBlock().join('\n'),
          errorPattern: args[0] === 'error' ? pattern : null,
        })
        break
      }
      case 'query': {
        const [types, ...modifiers] = args
        if (types === undefined || !/^[TIRDB?]+$/.test(types))
          throw new SltSyntaxError(
            line,
            `query needs column types out of T I R D B ?, not ${types ?? 'nothing'}`,
          )
        const sql = readBlock().join('\n')
        const hasResult = lines[at]?.trim() === '----'
        if (hasResult) at++
        const start = at
        const expected = hasResult ? readResult() : []
        records.push({
          ...condition,
          kind: 'query',
          sql,
          types,
          sort: modifiers.find(isSortMode) ?? 'nosort',
          label: modifiers.find((modifier) => !isSortMode(modifier)) ?? null,
          expected,
          expectedLines: hasResult ? { start, end: at } : { start: -1, end: at },
        })
        break
      }
      default:
        throw new SltSyntaxError(line, `unknown record ${keyword ?? ''}`)
    }
  }
  return records

  function readResult(): string[] {
    const start = at
    while (at < lines.length && lines[at]!.trim() !== '') at++
    return lines.slice(start, at)
  }
}

function isSortMode(word: string): word is SortMode {
  return word === 'nosort' || word === 'rowsort' || word === 'valuesort'
}
