import type { Table } from 'apache-arrow'

export const PAGE_ROWS = 512
const PAGES_KEPT = 24
const FETCHES_AT_ONCE = 2

export interface CachedRow {
  readonly page: Table
  readonly index: number
}

/**
 * The pages of one result that are near what is visible. Reading is synchronous, so that rendering never waits:
 * `row` answers with what is there, `want` says what should be, and listeners hear when more has come.
 * Only the newest wish is pursued: pages passed by in fast scrolling are never fetched.
 */
export class PageCache {
  private readonly fetchPage: (offset: number, limit: number) => Promise<Table>
  private readonly rowCount: number
  /** Least recently used first. */
  private readonly pages = new Map<number, Table>()
  private readonly fetching = new Set<number>()
  private readonly listeners = new Set<() => void>()
  private wanted: { first: number; last: number } = { first: 0, last: -1 }
  private changes = 0
  private failure: unknown = null

  constructor(fetchPage: (offset: number, limit: number) => Promise<Table>, rowCount: number) {
    this.fetchPage = fetchPage
    this.rowCount = rowCount
  }

  row(row: number): CachedRow | null {
    const page = this.pages.get(Math.floor(row / PAGE_ROWS))
    return page ? { page, index: row % PAGE_ROWS } : null
  }

  /** Rows `first` to `last`, both included, are visible now. */
  want(first: number, last: number): void {
    if (this.rowCount === 0) return
    this.wanted = {
      first: Math.floor(Math.max(0, first) / PAGE_ROWS),
      last: Math.floor(Math.min(this.rowCount - 1, last) / PAGE_ROWS),
    }
    for (let page = this.wanted.first; page <= this.wanted.last; page++) this.touch(page)
    this.pump()
  }

  /** What went wrong last; null while all is well. */
  get error(): unknown {
    return this.failure
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Grows with every change, for `useSyncExternalStore`. */
  readonly version = (): number => this.changes

  private touch(page: number): void {
    const table = this.pages.get(page)
    if (!table) return
    this.pages.delete(page)
    this.pages.set(page, table)
  }

  private pump(): void {
    for (let page = this.wanted.first; page <= this.wanted.last; page++) {
      if (this.fetching.size >= FETCHES_AT_ONCE) return
      if (!this.pages.has(page) && !this.fetching.has(page)) void this.load(page)
    }
  }

  private async load(page: number): Promise<void> {
    this.fetching.add(page)
    try {
      const offset = page * PAGE_ROWS
      const table = await this.fetchPage(offset, Math.min(PAGE_ROWS, this.rowCount - offset))
      this.pages.set(page, table)
      this.failure = null
      for (const oldest of this.pages.keys()) {
        if (this.pages.size <= PAGES_KEPT) break
        this.pages.delete(oldest)
      }
    } catch (thrown) {
      this.failure = thrown
      this.wanted = { first: 0, last: -1 }
    } finally {
      this.fetching.delete(page)
      this.changes++
      for (const listener of this.listeners) listener()
    }
    this.pump()
  }
}
