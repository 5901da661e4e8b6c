import { LinkError } from '../notebook/link.ts'
import type { Notebook } from '../notebook/notebook.ts'
import { cgmNotebook } from './cgm-notebook.ts'
import { partitionsNotebook } from './partitions-notebook.ts'

interface Example {
  /** As in a link: `#example=partitions`. */
  readonly id: string
  readonly title: string
  readonly make: () => Notebook
}

/** The notebooks that come with the page. */
export const EXAMPLES: readonly Example[] = [
  { id: 'glucose', title: 'Glucose readings with gaps', make: firstExample },
  { id: 'partitions', title: 'Partitions and memory', make: partitionsNotebook },
]

/** What is shown to whoever comes for the first time. */
export function firstExample(): Notebook {
  return cgmNotebook()
}

/** The notebook that a hash like `#example=partitions` asks for; null for any other hash. Throws LinkError. */
export function exampleOf(hash: string): Notebook | null {
  const name = /^#?example=(.*)$/.exec(hash)?.[1]
  if (name === undefined) return null
  const example = EXAMPLES.find(({ id }) => id === name)
  if (example) return example.make()
  throw new LinkError(
    `There is no example of that name. There are: ${EXAMPLES.map(({ id }) => id).join(', ')}.`,
  )
}
