import type { ObjectName } from './ast.ts'

/** Schemas whose tables go by their name alone. */
const defaultSchemas = ['main', 'memory', 'temp', 'public']

/** The name in the catalog of what a text calls so. */
export function qualifiedName(parts: ObjectName): string {
  const isDefaultSchema =
    parts.length > 1 && parts.slice(0, -1).every((part) => defaultSchemas.includes(part.name.toLowerCase()))
  return isDefaultSchema ? parts.at(-1)!.name : parts.map((part) => part.name).join('.')
}
