/** Row −1 is the head. */
export interface GridPlace {
  readonly row: number
  readonly column: number
}

interface Key {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
}

/** Where a key leads, after the ARIA grid pattern; null when it is no way of moving. */
export function moveFocus(
  { row, column }: GridPlace,
  { key, ctrlKey, metaKey, altKey }: Key,
  { rows, columns, page }: { readonly rows: number; readonly columns: number; readonly page: number },
): GridPlace | null {
  if (altKey) return null
  const far = ctrlKey || metaKey
  const place = (to: GridPlace): GridPlace => ({
    row: Math.max(-1, Math.min(to.row, rows - 1)),
    column: Math.max(0, Math.min(to.column, columns - 1)),
  })
  switch (key) {
    case 'ArrowDown':
      return place({ row: far ? rows : row + 1, column })
    case 'ArrowUp':
      return place({ row: far ? 0 : row - 1, column })
    case 'ArrowRight':
      return place({ row, column: far ? columns : column + 1 })
    case 'ArrowLeft':
      return place({ row, column: far ? 0 : column - 1 })
    case 'PageDown':
      return place({ row: row + page, column })
    case 'PageUp':
      return place({ row: Math.max(0, row - page), column })
    case 'Home':
      return place({ row: far ? 0 : row, column: 0 })
    case 'End':
      return place({ row: far ? rows : row, column: columns })
    default:
      return null
  }
}
