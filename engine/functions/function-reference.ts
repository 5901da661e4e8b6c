import { aggregateList } from './aggregate-list.ts'
import { boundFunctions } from './bound-functions.ts'
import { macros } from './macro.ts'
import type { ScalarCategory } from './scalar-function.ts'
import { scalarFunctions } from './scalar-registry.ts'
import { windowEntries } from './window-signatures.ts'

/** A function or operator as the page of functions shows it. */
export interface FunctionEntry {
  readonly name: string
  readonly aliases: readonly string[]
  readonly category: ScalarCategory | 'aggregate' | 'window'
  /** One line. */
  readonly summary: string
  /** A query that runs without any table. */
  readonly example: string
}

/** Every function that SQL knows, in the order of the page: by category, then as they were registered. */
export function functionReference(): readonly FunctionEntry[] {
  return [
    ...scalarFunctions.map(({ name, aliases = [], category, summary, setup, example }) => ({
      name,
      aliases,
      category,
      summary,
      example: setup === undefined ? `SELECT ${example}` : `${setup};\nSELECT ${example}`,
    })),
    ...[...macros, ...boundFunctions].map(({ name, aliases = [], category, summary, example }) => ({
      name,
      aliases,
      category,
      summary,
      example: `SELECT ${example}`,
    })),
    ...aggregateList.map(({ name, aliases = [], summary, example }) => ({
      name,
      aliases,
      category: 'aggregate' as const,
      summary,
      example: `SELECT ${example}`,
    })),
    ...windowEntries().map(({ name, summary, example }) => ({
      name,
      aliases: [],
      category: 'window' as const,
      summary,
      example: `SELECT ${example}`,
    })),
  ]
}
