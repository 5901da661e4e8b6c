/**
 * Scrolling further than a browser can: an element taller than some 33.5 million pixels is cut off, which is
 * 1.2 million rows. Beyond `MAX_CANVAS_PX` the canvas stays that tall and stands for the whole content.
 *
 * - A small scroll (wheel, arrow) moves the content by the same number of pixels, so rows never jump.
 * - A long one (dragging the bar) moves in proportion, so every row can be reached.
 */
export const MAX_CANVAS_PX = 8_000_000

export interface Extent {
  readonly contentPx: number
  readonly canvasPx: number
  readonly viewportPx: number
}

export interface ScrollPosition {
  readonly scrollTop: number
  /** Where the viewport's top lies in the content. */
  readonly contentTop: number
}

export function extentOf(rows: number, rowPx: number, viewportPx: number): Extent {
  const contentPx = rows * rowPx
  return { contentPx, canvasPx: Math.min(contentPx, MAX_CANVAS_PX), viewportPx }
}

export function isScaled({ contentPx, canvasPx }: Extent): boolean {
  return contentPx > canvasPx
}

export function scrolled(before: ScrollPosition, scrollTop: number, extent: Extent): ScrollPosition {
  if (!isScaled(extent)) return { scrollTop, contentTop: scrollTop }
  const { lastScroll, lastContent } = ends(extent)
  if (scrollTop <= 0) return { scrollTop: 0, contentTop: 0 }
  if (scrollTop >= lastScroll) return { scrollTop, contentTop: lastContent }
  const delta = scrollTop - before.scrollTop
  const isSmall = Math.abs(delta) < 2 * extent.viewportPx
  const contentTop = isSmall ? before.contentTop + delta : (scrollTop / lastScroll) * lastContent
  return { scrollTop, contentTop: Math.max(0, Math.min(contentTop, lastContent)) }
}

/** The scroll bar's place for a place in the content: where to put it after small scrolls have drifted. */
export function positionOf(contentTop: number, extent: Extent): ScrollPosition {
  const { lastScroll, lastContent } = ends(extent)
  const top = Math.max(0, Math.min(contentTop, lastContent))
  return { contentTop: top, scrollTop: lastContent === 0 ? 0 : Math.round((top / lastContent) * lastScroll) }
}

function ends({ contentPx, canvasPx, viewportPx }: Extent) {
  return { lastScroll: Math.max(0, canvasPx - viewportPx), lastContent: Math.max(0, contentPx - viewportPx) }
}
