import { PAGE_BYTES } from '../../memory/control-block.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import { GroupStates } from '../operators/group-states.ts'
import { GroupTable } from '../operators/group-table.ts'
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

export function openMemberSink(runtime: ThreadRuntime, spec: SinkSpec, link: DriverLink): MemberSink {
  switch (spec.kind) {
    case 'group':
      return openGroup(runtime, spec, link)
    case 'groups':
      return openGroups(runtime, spec, link)
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
): MemberSink {
  const owner = link.pages(spec.reservation)
  owner.mostBytes = spec.mostBytes
  const table = new GroupTable(runtime, owner, spec.layout, (content) =>
    link.handOver({ kind: 'groups', ...content, relief: true }),
  )
  return {
    connect: (block) => {
      if (!table.connect(block, spec)) throw owner.reservation.refusal(PAGE_BYTES)
    },
    onEvent: (kind, argument) => table.onEvent(kind, argument),
    beginMorsel: () => undefined,
    settle: () => undefined,
    endMorsel: () => undefined,
    detach: () => table.detach(),
    finish: () => {
      if (table.groupCount > 0) link.handOver({ kind: 'groups', ...table.content, relief: false })
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
