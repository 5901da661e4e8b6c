import * as v from 'valibot'
import type { Cell } from './cell.ts'
import { newCellId } from './cell.ts'
import type { DataNeed } from './data-needs.ts'
import type { Notebook } from './notebook.ts'

/** A notebook at rest: a `.json` file, the browser's own copy, or the payload of a link. */
export const CURRENT_VERSION = 1

export interface SavedNotebook {
  readonly notebook: Notebook
  readonly needs: readonly DataNeed[]
}

/** Why saved text is not a notebook, in a sentence for the person. */
export class NotebookFormatError extends Error {
  override readonly name = 'NotebookFormatError'
}

const shortText = v.pipe(v.string(), v.maxLength(1000))
const cellText = v.pipe(v.string(), v.maxLength(1_000_000))
const chart = v.object({
  mark: v.picklist(['line', 'bar', 'scatter']),
  x: shortText,
  y: shortText,
  colour: v.nullable(shortText),
})

const cell = v.variant('kind', [
  v.object({
    kind: v.picklist(['sql', 'polars']),
    text: cellText,
    role: v.optional(v.nullable(shortText), null),
    view: v.optional(v.picklist(['table', 'chart', 'profile']), 'table'),
    chart: v.optional(v.nullable(chart), null),
  }),
  v.object({ kind: v.literal('markdown'), text: cellText }),
  v.object({
    kind: v.literal('panel'),
    panel: v.picklist(['cgm-readings', 'cgm-comparison', 'cgm-day', 'partition-runs']),
    text: v.optional(cellText, ''),
  }),
])

const count = v.pipe(v.number(), v.minValue(0))

const savedNotebook = v.object({
  version: v.literal(CURRENT_VERSION),
  title: shortText,
  cells: v.pipe(v.array(cell), v.minLength(1), v.maxLength(2000)),
  needs: v.optional(
    v.array(
      v.object({
        name: shortText,
        fields: v.array(v.object({ name: shortText, type: shortText })),
        files: v.array(v.object({ name: shortText, bytes: count, rows: count, hash: shortText })),
      }),
    ),
    [],
  ),
})

/** One step per version: from the shape of that version to the next one's. */
const migrations: Readonly<Partial<Record<number, (raw: object) => object>>> = {
  // Version 0 was an array of cells under `cells` without a title.
  0: (raw) => ({ title: 'Untitled notebook', ...raw, version: 1 }),
}

/** Ids are of this session only; they are left out, and what is left at its default too, which keeps links short. */
export function toJson({ notebook, needs }: SavedNotebook, indent?: number): string {
  const cells = notebook.cells.map(({ id: _id, ...rest }) => {
    if (rest.kind === 'markdown' || rest.kind === 'panel') return rest
    const { view, chart: spec, role, ...code } = rest
    return {
      ...code,
      ...(role === null ? {} : { role }),
      ...(view === 'table' ? {} : { view }),
      ...(spec === null ? {} : { chart: spec }),
    }
  })
  const saved = {
    version: CURRENT_VERSION,
    title: notebook.title,
    cells,
    ...(needs.length > 0 ? { needs } : {}),
  }
  return JSON.stringify(saved, null, indent)
}

/** Throws NotebookFormatError. Nothing of the text is evaluated; cells get new ids. */
export function fromJson(text: string): SavedNotebook {
  const parsed = v.safeParse(savedNotebook, migrate(parse(text)))
  if (!parsed.success) {
    const [issue] = parsed.issues
    const path = v.getDotPath(issue)
    throw new NotebookFormatError(
      `This is not a Lakebook notebook${path === null ? '' : ` (at ${path})`}: ${issue.message}`,
    )
  }
  const { title, cells, needs } = parsed.output
  return { notebook: { title, cells: cells.map((each): Cell => ({ ...each, id: newCellId() })) }, needs }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new NotebookFormatError('This is not a Lakebook notebook: the text is not JSON.')
  }
}

function migrate(raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null) return raw
  let current: object = raw
  for (;;) {
    const version = 'version' in current ? current.version : 0
    if (typeof version !== 'number' || version === CURRENT_VERSION) return current
    if (version > CURRENT_VERSION) {
      throw new NotebookFormatError(
        `This notebook was written by a newer Lakebook (format ${version}; this one reads up to ${CURRENT_VERSION}). Reload the page to get the newest version.`,
      )
    }
    const step = migrations[version]
    if (!step) return current
    current = step(current)
  }
}
