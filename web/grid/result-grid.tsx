import { ArrowDown, ArrowUp } from 'lucide-react'
import { useEffect, useId, useMemo, useRef, useState, useSyncExternalStore, type KeyboardEvent } from 'react'
import type { Arrangement, ResultHandle } from '../../workers/protocol.ts'
import { dataTypeName } from '../notebook/data-type-name.ts'
import { announce } from '../session/announcements.ts'
import { fetchPage } from '../session/result-pages.ts'
import { asWireError } from '../session/wire-error.ts'
import { plural } from '../theme/format.ts'
import { alignment, columnWidths, MIN_COLUMN_PX, visibleColumns } from './column-layout.ts'
import { copyRange } from './copy-range.ts'
import { moveFocus, type GridPlace } from './grid-keys.ts'
import { isOneCell, isWithin, rangeBetween } from './grid-range.ts'
import styles from './result-grid.module.css'
import { PageCache } from './page-cache.ts'
import { valueText } from './read-value.ts'
import { extentOf, isScaled, positionOf, scrolled, type ScrollPosition } from './scaled-scroll.ts'

const ROW_PX = 26
const HEAD_PX = 42
const MAX_BODY_PX = 364
const OVERSCAN = 12
const SETTLE_MS = 160

type Sort = Arrangement['sort']

interface ResultGridProps {
  readonly result: Pick<ResultHandle, 'id' | 'schema' | 'rowCount'>
  /** The order on show, or the one that is being made. */
  readonly sort: Sort
  readonly onSort: (sort: Sort) => void
}

/** A result of any length: the rows on screen, and a few around them, are all that leaves the heap. */
export function ResultGrid({ result, sort, onSort }: ResultGridProps) {
  const { fields } = result.schema
  const cache = useMemo(
    () => new PageCache((offset, limit) => fetchPage(result.id, offset, limit), result.rowCount),
    [result.id, result.rowCount],
  )
  useSyncExternalStore(cache.subscribe, cache.version)

  const gridId = useId()
  const scroller = useRef<HTMLDivElement>(null)
  const settle = useRef<ReturnType<typeof setTimeout>>(undefined)
  const [position, setPosition] = useState<ScrollPosition>({ scrollTop: 0, contentTop: 0 })
  const [scrollLeft, setScrollLeft] = useState(0)
  const [viewportPx, setViewportPx] = useState(800)
  const [focus, setFocus] = useState<GridPlace>({ row: 0, column: 0 })
  /** The other corner of what is selected. */
  const [anchor, setAnchor] = useState<GridPlace>(focus)
  const [shownId, setShownId] = useState(result.id)
  if (shownId !== result.id) {
    // other rows, or another order: from the top
    setShownId(result.id)
    setPosition({ scrollTop: 0, contentTop: 0 })
    const top = { row: Math.min(focus.row, 0), column: focus.column }
    setFocus(top)
    setAnchor(top)
  }
  const [resized, setResized] = useState<Readonly<Partial<Record<number, number>>>>({})

  const gutterPx = Math.max(40, String(result.rowCount).length * 7.3 + 18)
  const [measured, setMeasured] = useState<{ readonly id: number; readonly widths: readonly number[] }>()
  if (measured?.id !== result.id && cache.row(0)) {
    const needed = columnWidths(fields, (row) => cache.row(row))
    // no column becomes narrower for other rows: the page would jump
    const kept = needed.map((width, column) => Math.max(width, measured?.widths[column] ?? 0))
    setMeasured({ id: result.id, widths: kept })
  }
  const widths = (measured?.widths ?? columnWidths(fields, () => null)).map(
    (width, column) => resized[column] ?? width,
  )
  const totalPx = gutterPx + widths.reduce((sum, width) => sum + width, 0)

  const bodyPx = Math.min(MAX_BODY_PX, result.rowCount * ROW_PX)
  const extent = extentOf(result.rowCount, ROW_PX, bodyPx)
  const firstVisible = Math.max(0, Math.floor(position.contentTop / ROW_PX) - OVERSCAN)
  const lastVisible = Math.min(
    result.rowCount - 1,
    Math.ceil((position.contentTop + bodyPx) / ROW_PX) + OVERSCAN,
  )
  const columns = visibleColumns(widths, scrollLeft, scrollLeft + viewportPx)

  useEffect(() => cache.want(firstVisible, lastVisible), [cache, firstVisible, lastVisible])

  useEffect(() => {
    if (scroller.current) scroller.current.scrollTop = 0
  }, [result.id])

  useEffect(() => {
    const element = scroller.current
    if (!element) return undefined
    const observer = new ResizeObserver(() => setViewportPx(element.clientWidth))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  function onScroll() {
    const element = scroller.current
    if (!element) return
    setScrollLeft(element.scrollLeft)
    const next = scrolled(position, element.scrollTop, extent)
    if (next.scrollTop !== position.scrollTop) setPosition(next)
    if (!isScaled(extent)) return
    clearTimeout(settle.current)
    settle.current = setTimeout(() => moveTo(next.contentTop), SETTLE_MS)
  }

  /** Shows this place of the content and puts the scroll bar where it belongs. */
  function moveTo(contentTop: number) {
    const next = positionOf(contentTop, extent)
    setPosition(next)
    if (scroller.current) scroller.current.scrollTop = next.scrollTop
  }

  /** Puts the focus there; what is selected reaches from where it was, or is this cell alone. */
  function pick(place: GridPlace, reaches: boolean) {
    setFocus(place)
    if (!reaches) setAnchor(place)
  }

  function focusOn(place: GridPlace, reaches: boolean) {
    pick(place, reaches)
    const top = place.row * ROW_PX
    if (place.row >= 0) {
      if (top < position.contentTop) moveTo(top)
      else if (top + ROW_PX > position.contentTop + bodyPx) moveTo(top + ROW_PX - bodyPx)
    }
    const element = scroller.current
    if (!element) return
    const left = widths.slice(0, place.column).reduce((sum, width) => sum + width, 0)
    const right = left + widths[place.column]! + gutterPx
    if (left < element.scrollLeft) element.scrollLeft = left
    else if (right > element.scrollLeft + element.clientWidth)
      element.scrollLeft = right - element.clientWidth
  }

  function toggleSort(column: number) {
    const next: Sort =
      sort?.column !== column
        ? { column, descending: false }
        : sort.descending
          ? null
          : { column, descending: true }
    onSort(next)
    pick({ row: -1, column }, false)
    const name = fields[column]?.name ?? ''
    announce(
      next
        ? `Sorted by ${name}, ${next.descending ? 'descending' : 'ascending'}`
        : 'Back in the order of the query',
    )
  }

  function onKeyDown(event: KeyboardEvent) {
    const place = moveFocus(focus, event, {
      rows: result.rowCount,
      columns: fields.length,
      page: Math.floor(bodyPx / ROW_PX) - 1,
    })
    if (place) {
      event.preventDefault()
      focusOn(place, event.shiftKey)
    } else if (event.key === 'Enter' && focus.row < 0) {
      event.preventDefault()
      toggleSort(focus.column)
    } else if (
      (event.ctrlKey || event.metaKey) &&
      event.key.toLowerCase() === 'c' &&
      getSelection()?.isCollapsed !== false
    ) {
      event.preventDefault()
      void copy()
    } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'a') {
      event.preventDefault()
      setFocus({ row: -1, column: 0 })
      setAnchor({ row: result.rowCount - 1, column: fields.length - 1 })
    } else if (event.key === 'Escape' && !isOneCell(selected)) {
      event.preventDefault()
      event.stopPropagation()
      setAnchor(focus)
    } else if (event.altKey && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) {
      event.preventDefault()
      resize(focus.column, widths[focus.column]! + (event.key === 'ArrowLeft' ? -16 : 16))
    }
  }

  async function copy() {
    try {
      const { text, rows, isWhole } = await copyRange(result, selected)
      await navigator.clipboard.writeText(text)
      const what = isOneCell(selected) ? '' : ` ${plural(rows, 'row')}`
      announce(isWhole ? `Copied${what}` : `Copied the first ${plural(rows, 'row')}; an export has them all`)
    } catch (thrown) {
      announce(`Nothing was copied: ${asWireError(thrown).message}`)
    }
  }

  function resize(column: number, width: number) {
    setResized((before) => ({ ...before, [column]: Math.max(MIN_COLUMN_PX, width) }))
  }

  const selected = rangeBetween(anchor, focus)
  const isSelected = (place: GridPlace) => !isOneCell(selected) && isWithin(selected, place)
  const shown = Array.from(
    { length: columns.last - columns.first + 1 },
    (_, offset) => columns.first + offset,
  )
  const rows = Array.from(
    { length: Math.max(0, lastVisible - firstVisible + 1) },
    (_, offset) => firstVisible + offset,
  )
  const isRendered = ({ row, column }: GridPlace) =>
    column >= columns.first &&
    column <= columns.last &&
    (row === -1 || (row >= firstVisible && row <= lastVisible))
  const cellId = (row: number, column: number) => `${gridId}-${row}-${column}`
  const failure = cache.error === null ? null : asWireError(cache.error)

  return (
    <div>
      <div
        ref={scroller}
        role="grid"
        aria-label="Result"
        aria-multiselectable
        aria-rowcount={result.rowCount + 1}
        aria-colcount={fields.length + 1}
        aria-activedescendant={isRendered(focus) ? cellId(focus.row, focus.column) : undefined}
        tabIndex={0}
        className={styles.grid}
        style={{ maxHeight: bodyPx + HEAD_PX + 14 }}
        onScroll={onScroll}
        onKeyDown={onKeyDown}
      >
        <div className={styles.head} role="row" aria-rowindex={1} style={{ width: totalPx }}>
          <div role="columnheader" aria-colindex={1} className={styles.corner} style={{ width: gutterPx }}>
            <span className={styles.hidden}>Row</span>
          </div>
          <div role="presentation" style={{ flex: 'none', width: columns.startPx }} />
          {shown.map((column) => (
            <ColumnHead
              key={column}
              id={cellId(-1, column)}
              index={column}
              name={fields[column]!.name}
              type={dataTypeName(fields[column]!.type)}
              align={alignment(fields[column]!)}
              width={widths[column]!}
              direction={sort?.column === column ? (sort.descending ? 'descending' : 'ascending') : 'none'}
              focused={focus.row === -1 && focus.column === column}
              selected={isSelected({ row: -1, column })}
              onSort={() => toggleSort(column)}
              onResize={(width) => resize(column, width)}
            />
          ))}
        </div>
        <div
          className={styles.canvas}
          role="presentation"
          style={{ height: extent.canvasPx, width: totalPx }}
        >
          {rows.map((row) => {
            const found = cache.row(row)
            return (
              <div
                key={row}
                role="row"
                aria-rowindex={row + 2}
                className={styles.row}
                data-focused={focus.row === row || undefined}
                style={{ top: position.scrollTop + row * ROW_PX - position.contentTop, width: totalPx }}
              >
                <div role="rowheader" aria-colindex={1} className={styles.gutter} style={{ width: gutterPx }}>
                  {row + 1}
                </div>
                <div role="presentation" style={{ flex: 'none', width: columns.startPx }} />
                {shown.map((column) => {
                  const field = fields[column]!
                  const vector = found?.page.getChildAt(column)
                  const text = found && vector ? valueText(vector, found.index, field.type) : undefined
                  return (
                    <div
                      key={column}
                      id={cellId(row, column)}
                      role="gridcell"
                      aria-colindex={column + 2}
                      className={styles.cell}
                      data-align={alignment(field)}
                      data-null={text === null || undefined}
                      data-waiting={text === undefined || undefined}
                      data-focused={(focus.row === row && focus.column === column) || undefined}
                      aria-selected={isSelected({ row, column }) || undefined}
                      style={{ width: widths[column] }}
                      onMouseDown={(event) => {
                        if (event.button === 0) pick({ row, column }, event.shiftKey)
                      }}
                      onMouseEnter={(event) => {
                        if (event.buttons === 1) pick({ row, column }, true)
                      }}
                    >
                      {text === null ? 'NULL' : text}
                    </div>
                  )
                })}
              </div>
            )
          })}
        </div>
      </div>
      {failure === null ? null : (
        <p role="alert" className={styles.failure}>
          {failure.message} {failure.hint}
        </p>
      )}
    </div>
  )
}

interface ColumnHeadProps {
  readonly id: string
  readonly index: number
  readonly name: string
  readonly type: string
  readonly align: 'left' | 'right'
  readonly width: number
  readonly direction: 'ascending' | 'descending' | 'none'
  readonly focused: boolean
  readonly selected: boolean
  readonly onSort: () => void
  readonly onResize: (width: number) => void
}

function ColumnHead({
  id,
  index,
  name,
  type,
  align,
  width,
  direction,
  focused,
  selected,
  onSort,
  onResize,
}: ColumnHeadProps) {
  const drag = useRef<{ x: number; width: number } | null>(null)
  const Arrow = direction === 'descending' ? ArrowDown : ArrowUp
  return (
    <div
      id={id}
      role="columnheader"
      aria-colindex={index + 2}
      aria-sort={direction}
      className={styles.column}
      data-align={align}
      data-focused={focused || undefined}
      aria-selected={selected || undefined}
      style={{ width }}
      title={`${name}: ${type}. Press to sort.`}
      onClick={onSort}
    >
      <span className={styles.name}>
        <span className={styles.nameText}>{name}</span>
        {direction === 'none' ? null : <Arrow size={12} aria-hidden className={styles.arrow} />}
      </span>
      <span className={styles.type}>{type}</span>
      <span
        className={styles.handle}
        aria-hidden
        onClick={(event) => event.stopPropagation()}
        onPointerDown={(event) => {
          event.stopPropagation()
          event.currentTarget.setPointerCapture(event.pointerId)
          drag.current = { x: event.clientX, width }
        }}
        onPointerMove={(event) => {
          if (drag.current) onResize(drag.current.width + event.clientX - drag.current.x)
        }}
        onPointerUp={() => {
          drag.current = null
        }}
      />
    </div>
  )
}
