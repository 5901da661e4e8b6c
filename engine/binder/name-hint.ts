import { nearestName } from '../catalog/nearest-name.ts'

/** A hint naming the nearest candidate, else the first few of them. */
export function nameHint(typed: string, names: readonly string[]): string | undefined {
  const near = nearestName(typed, names)
  if (near !== null) return `Did you mean "${near}"?`
  if (names.length === 0) return undefined
  const some = names.slice(0, 8).join(', ')
  return `There ${names.length === 1 ? 'is' : 'are'} ${some}${names.length > 8 ? ', …' : ''}.`
}
