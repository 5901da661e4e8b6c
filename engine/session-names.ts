import type { DataType } from './arrow/types.ts'
import type { PageOwner } from './memory/page-owner.ts'
import type { Expression } from './plan/plan.ts'
import { Sequences } from './sequences.ts'
import type { SqlStatement, UserMacro } from './sql/ast.ts'

/** What a session names beside tables. Names compare without regard to case; a transaction does not bring them back. */
export class SessionNames {
  readonly sequences: Sequences
  readonly variables = new Map<string, Expression>()
  readonly macros = new Map<string, UserMacro>()
  readonly prepared = new Map<string, SqlStatement>()
  readonly types = new Map<string, DataType>()
  /** As written, by lower-case name. */
  readonly schemas = new Map<string, string>()

  constructor(pages: PageOwner) {
    this.sequences = new Sequences(pages)
  }
}
