import { functionReference } from './functions/function-reference.ts'
import type { CellLanguage } from './lakebook.ts'
import { polarsReference, SAMPLE_FRAMES } from './polars/reference/reference.ts'
import { SQL_KEYWORDS } from './session-completion.ts'

/** A function, operator or method as the page of functions shows it. */
export interface ReferenceEntry {
  readonly language: CellLanguage
  readonly group: string
  readonly name: string
  readonly aliases: readonly string[]
  /** As it is called; the name alone where the registry knows no parameters. */
  readonly signature: string
  /** One line. */
  readonly summary: string
  readonly example: string
}

export interface Reference {
  readonly entries: readonly ReferenceEntry[]
  /** What has to stand before an example in Polars: the frames that it works on. */
  readonly polarsFrames: string
  readonly sqlKeywords: readonly string[]
}

const POLARS_GROUPS = {
  function: 'pl functions',
  frame: 'frames',
  group: 'groups',
  expression: 'expressions',
  selector: 'selectors',
} as const

/** All that cells can call, as the registries have it. */
export function reference(): Reference {
  const sql = functionReference().map(({ name, aliases, category, summary, example }): ReferenceEntry => {
    return { language: 'sql', group: category, name, aliases, signature: name, summary, example }
  })
  const polars = polarsReference().map(({ kind, name, signature, summary, example }): ReferenceEntry => {
    return { language: 'polars', group: POLARS_GROUPS[kind], name, aliases: [], signature, summary, example }
  })
  return { entries: [...sql, ...polars], polarsFrames: SAMPLE_FRAMES, sqlKeywords: SQL_KEYWORDS }
}
