import { PAGE_BYTES } from '../../memory/control-block.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import { GroupStates } from '../operators/group-states.ts'
import { CommonBound } from '../../memory/common-bound.ts'
import { GroupTable, type TableContent } from '../operators/group-table.ts'
import { SliceDeal } from '../slice-deal.ts'
import { ColumnSinkRuntime, type BatchReceiver, type OwnedBatch } from '../sinks/column-sink-runtime.ts'
import type { ThreadRuntime } from '../thread-runtime.ts'
import type { PlacedBatch, SinkPart, SinkSpec } from './team-messages.ts'
import type { SharedReservation } from '../../memory/memory-reservation.ts'

/** A member's part of a sink. */
export interface MemberSink {
  /** @throws `out_of_memory` when there is no room to begin with */
  connect(block: number): void
  onEvent(kind: number, argument: number): number
  beginMorsel(ordinal: number): void
  settle(): void
  endMorsel(): void
  detach(): void
  /** Hands over what is left, detached. */
  finish(): void
}

/** What a member's sink has to do with the driver. Everything is booked on the driver's consumers. */
export interface DriverLink {
  /** Waits until the driver has taken the part; false when it could not. */
  handOver(part: SinkPart): boolean
  /** Gives batches away. */
  send(batches: readonly PlacedBatch[]): void
  /** Pages that are freed when the task ends. */
  pages(reservation: SharedReservation): PageOwner
}

/** `member`: its index among the members. */
export function openMemberSink(
  runtime: ThreadRuntime,
  spec: SinkSpec,
  link: DriverLink,
  member: number,
): MemberSink {
  switch (spec.kind) {
    case 'group':
      return openGroup(runtime, spec, link)
    case 'groups':
      return openGroups(runtime, spec, link, member)
    case 'batches':
      return openBatches(runtime, spec, link)
  }
}

function openGroup(runtime: ThreadRuntime, spec: SinkSpec & { kind: 'group' }, link: DriverLink): MemberSink {
  const owner = link.pages(spec.reservation)
  const states = new GroupStates(runtime, owner, spec.layout)
  runtime.heap.u8.set(spec.initial, states.row)
  return {
    connect: (block) => {
      if (!states.connect(block, spec)) throw owner.reservation.refusal(PAGE_BYTES)
    },
    onEvent: (kind, argument) => states.onEvent(kind, argument),
    beginMorsel: () => undefined,
    settle: () => undefined,
    endMorsel: () => undefined,
    detach: () => states.detach(),
    finish: () => {
      link.handOver({ kind: 'group', row: states.row })
    },
  }
}

function openGroups(
  runtime: ThreadRuntime,
  spec: SinkSpec & { kind: 'groups' },
  link: DriverLink,
  member: number,
): MemberSink {
  const { layout, mostBytes, common, shares } = spec
  const owners = spec.reservations.map((reservation) => link.pages(reservation))
  const bound =
    common &&
    new CommonBound(
      owners.map(({ reservation }) => reservation),
      common,
    )
  const tables = shares[member + 1]!.map((partition) => {
    const owner = owners[partition]!
    owner.mostBytes = mostBytes
    owner.common = bound
    const handOver = (content: TableContent, relief: boolean): boolean =>
      link.handOver({ kind: 'groups', partition, ...content, relief })
    const table = new GroupTable(runtime, owner, layout, (content) => handOver(content, true))
    return { table, owner, handOver }
  })
  const deal = new SliceDeal(tables.map(({ table }) => table))
  return {
    connect: (block) => {
      for (const { table, owner } of tables) {
        if (!table.connect(block, spec)) throw owner.reservation.refusal(PAGE_BYTES)
        table.detach()
      }
      deal.connect((table) => {
        table.connect(block, spec)
      })
    },
    onEvent: (kind, argument) => deal.onEvent(kind, argument),
    beginMorsel: () => undefined,
    settle: () => deal.next(),
    endMorsel: () => undefined,
    detach: () => deal.disconnect(),
    finish: () => {
      for (const { table, handOver } of tables) {
        if (table.groupCount > 0) handOver(table.content, false)
        table.close()
      }
    },
  }
}

function openBatches(
  runtime: ThreadRuntime,
  spec: SinkSpec & { kind: 'batches' },
  link: DriverLink,
): MemberSink {
  const owner = link.pages(spec.reservation)
  owner.mostBytes = spec.mostBytes
  let ordinal = 0
  let sealed: PlacedBatch[] = []
  /** The batches are the driver's from here on. */
  const letGo = (): readonly PlacedBatch[] => {
    const gone = sealed
    sealed = []
    for (const { owned } of gone) owner.disown(owned.pointer, owned.bytes)
    return gone
  }
  const receiver: BatchReceiver = {
    mostBytes: Number.POSITIVE_INFINITY,
    allocate(bytes) {
      for (;;) {
        const pointer = owner.tryAllocate(bytes)
        if (pointer !== 0) return pointer
        if (!link.handOver({ kind: 'batches', batches: letGo(), wantedBytes: bytes }))
          return owner.allocate(bytes)
      }
    },
    add(owned: OwnedBatch) {
      sealed.push({ ordinal, owned })
    },
  }
  const { columns, operator, state } = spec
  const sink = new ColumnSinkRuntime(runtime, link.pages(spec.staging), columns, receiver, operator)
  return {
    connect: (block) => sink.connect(block, { state }),
    onEvent: () => sink.onEvent(),
    beginMorsel: (of) => {
      ordinal = of
    },
    settle: () => sink.settle(),
    endMorsel: () => {
      sink.flush()
      link.send(letGo())
    },
    detach: () => sink.detach(),
    finish: () => sink.finish(),
  }
}
