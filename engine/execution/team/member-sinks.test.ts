import { expect, it } from 'vitest'
import { types } from '../../arrow/types.ts'
import { newColumn } from '../../plan/column-ids.ts'
import { OperatorBench } from '../../testing/operator-bench.ts'
import { PageOwner } from '../../memory/page-owner.ts'
import { layoutRow } from '../row-layout.ts'
import { openMemberSink, type DriverLink } from './member-sinks.ts'
import type { SinkSpec } from './team-messages.ts'

const PAGE = 65_536

it.each([
  { columns: [types.utf8], pages: 2, fits: false },
  { columns: [types.utf8], pages: 3, fits: true },
  { columns: [types.int64], pages: 1, fits: false },
  { columns: [types.int64], pages: 2, fits: true },
])(
  'a table of groups begins with all its first pages or not at all: %o',
  async ({ columns, pages, fits }) => {
    const bench = await OperatorBench.open()
    const { heap, pool } = bench.runtime
    const reservation = pool.register({ name: 'Aggregate', canSpill: true })
    const block = new PageOwner(heap, pool.register({ name: 'Block', canSpill: false }))
    const owners: PageOwner[] = []
    const link: DriverLink = {
      handOver: () => false,
      send: () => undefined,
      pages: (shared) => {
        const owner = new PageOwner(heap, pool.join(shared))
        owners.push(owner)
        return owner
      },
    }
    const spec: SinkSpec = {
      kind: 'groups',
      storeSlots: 0,
      directorySlots: 16,
      layout: layoutRow(
        columns.map((type) => newColumn('key', type, false)),
        8,
      ),
      reservations: [reservation.share()],
      mostBytes: pages * PAGE,
      common: null,
      shares: [[], [0]],
    }
    const sink = openMemberSink(bench.runtime, spec, link, 0)
    const address = block.allocate(PAGE)
    heap.u8.fill(0, address, address + PAGE)
    const begin = (): void => {
      sink.connect(address)
      sink.detach()
    }
    if (fits) begin()
    else expect(begin).toThrow(/Aggregate requested/)
    for (const owner of [...owners, block]) owner.freeAll()
    reservation.free()
    block.reservation.free()
    bench.close()
  },
)
