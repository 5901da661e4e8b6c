import { LakebookError } from '../errors.ts'
import type { SinkCode } from './pipeline-compiler.ts'
import type { Sink } from './stream.ts'
import type { PipelineInstance } from './thread-runtime.ts'

/** What slices are dealt to: states behind the same code, one of which at a time is connected to the pipeline. */
export interface DealtState {
  onEvent(kind: number, argument: number): number
  settle(): void
  detach(): void
  relieve?(): void
}

/**
 * Deals the slices of a pipeline's input to several states in turn. One that finds no room, having spilled all that it
 * held, makes the others spill. With one state it only passes calls on.
 */
export class SliceDeal<State extends DealtState> {
  readonly #states: readonly State[]
  /** Those that take part, by index. */
  #taking: readonly number[]
  #turn = 0
  #connect: ((state: State) => void) | null = null

  constructor(states: readonly State[]) {
    this.#states = states
    this.#taking = states.map((_, index) => index)
  }

  get current(): State {
    return this.#states[this.#taking[this.#turn]!]!
  }

  /** From now on slices go to these states only. */
  dealTo(taking: readonly number[]): void {
    this.#change(() => {
      this.#taking = taking
      this.#turn = 0
    })
  }

  dealToAll(): void {
    this.dealTo(this.#states.map((_, index) => index))
  }

  /** Connects the state whose turn it is; `connect` does that with any of them. */
  connect(connect: (state: State) => void): void {
    this.#withRoom(() => {
      connect(this.current)
    })
    this.#connect = connect
  }

  onEvent(kind: number, argument: number): number {
    return this.#withRoom(() => this.current.onEvent(kind, argument))
  }

  /** A slice has ended. */
  next(): void {
    this.current.settle()
    if (this.#taking.length < 2) return
    this.#change(() => {
      this.#turn = (this.#turn + 1) % this.#taking.length
    })
  }

  relieve(): void {
    for (const state of this.#states) state.relieve?.()
  }

  disconnect(): void {
    if (this.#connect === null) return
    this.#connect = null
    this.current.detach()
  }

  #withRoom<Result>(action: () => Result): Result {
    try {
      return action()
    } catch (error) {
      const isShort = error instanceof LakebookError && error.code === 'out_of_memory'
      if (!isShort || this.#taking.length < 2) throw error
      for (const index of this.#taking) {
        const state = this.#states[index]!
        if (state !== this.current) state.relieve?.()
      }
      return action()
    }
  }

  #change(change: () => void): void {
    const connect = this.#connect
    this.disconnect()
    change()
    if (connect !== null) this.connect(connect)
  }
}

/** The sinks of an operator's partitions, as one. */
export class DealtSink implements Sink {
  readonly deal: SliceDeal<Sink>

  constructor(sinks: readonly Sink[]) {
    this.deal = new SliceDeal(sinks)
  }

  code(): SinkCode {
    return this.deal.current.code()
  }

  attach(instance: PipelineInstance, code: SinkCode): void {
    this.deal.connect((sink) => {
      sink.attach(instance, code)
    })
  }

  onEvent(kind: number, argument: number): number {
    return this.deal.onEvent(kind, argument)
  }

  settle(): void {
    this.deal.next()
  }

  relief(): Generator<void, unknown> | null {
    return this.deal.current.relief?.() ?? null
  }

  relieve(): void {
    this.deal.relieve()
  }

  detach(): void {
    this.deal.disconnect()
  }
}
