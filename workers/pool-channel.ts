import { LakebookError } from '../engine/errors.ts'
import type { MemoryConsumer, MemoryPool } from '../engine/memory/memory-pool.ts'

/**
 * How a worker asks a memory pool that lives in the page, synchronously: it posts the question, then blocks on `cell`
 * until the page has answered or `ANSWER_MS` have gone by. Needs shared memory, hence a cross-origin isolated page.
 *
 * | cell       | what                                                                        |
 * |------------|-----------------------------------------------------------------------------|
 * | 0          | i32: 4 × number of the question + state (asked, granted, refused, threw)    |
 * | 4          | i32 bytes of the text                                                       |
 * | 8          | UTF-8 text of what the pool threw                                           |
 */
export interface PoolChannel {
  readonly name: string
  readonly port: MessagePort
  readonly cell: SharedArrayBuffer
}

const ASKED = 0
const GRANTED = 1
const REFUSED = 2
const THREW = 3
const TEXT_OFFSET = 8
const CELL_BYTES = 1024
/** A page that is busy for longer than this counts as gone. */
const ANSWER_MS = 10_000

type PoolMessage =
  | { readonly kind: 'register'; readonly id: number; readonly consumer: MemoryConsumer }
  | { readonly kind: 'unregister'; readonly id: number }
  | { readonly kind: 'shrink'; readonly id: number; readonly bytes: number }
  | {
      readonly kind: 'tryGrow'
      readonly id: number
      readonly question: number
      readonly additionalBytes: number
      readonly reservedBytes: number
    }

/** The page's end: answers for `pool` until the port is closed. */
export class PoolServer {
  readonly channel: PoolChannel
  readonly #pool: MemoryPool
  readonly #port: MessagePort
  readonly #words: Int32Array
  readonly #bytes: Uint8Array
  readonly #consumers = new Map<number, MemoryConsumer>()

  constructor(pool: MemoryPool) {
    const { port1, port2 } = new MessageChannel()
    const cell = new SharedArrayBuffer(CELL_BYTES)
    this.channel = { name: pool.name, port: port2, cell }
    this.#pool = pool
    this.#port = port1
    this.#words = new Int32Array(cell, 0, 2)
    this.#bytes = new Uint8Array(cell, TEXT_OFFSET)
    port1.onmessage = (event: MessageEvent<PoolMessage>) => {
      this.#receive(event.data)
    }
  }

  close(): void {
    this.#port.close()
  }

  #receive(message: PoolMessage): void {
    if (message.kind === 'register') {
      this.#consumers.set(message.id, message.consumer)
      this.#pool.register(message.consumer)
      return
    }
    const consumer = this.#consumers.get(message.id)
    if (consumer === undefined) return
    switch (message.kind) {
      case 'unregister':
        this.#consumers.delete(message.id)
        this.#pool.unregister(consumer)
        break
      case 'shrink':
        this.#pool.shrink(consumer, message.bytes)
        break
      case 'tryGrow':
        this.#answer(consumer, message)
        break
    }
  }

  #answer(consumer: MemoryConsumer, message: Extract<PoolMessage, { kind: 'tryGrow' }>): void {
    const { question, additionalBytes, reservedBytes } = message
    if (Atomics.load(this.#words, 0) !== question * 4 + ASKED) return
    let state = REFUSED
    try {
      if (this.#pool.tryGrow(consumer, additionalBytes, reservedBytes)) state = GRANTED
    } catch (error) {
      state = THREW
      this.#write(error instanceof Error ? error.message : String(error))
    }
    const before = Atomics.compareExchange(this.#words, 0, question * 4 + ASKED, question * 4 + state)
    Atomics.notify(this.#words, 0)
    // Nobody waits for it any more: what the pool has booked just now is given back.
    if (before !== question * 4 + ASKED && state === GRANTED) this.#pool.shrink(consumer, additionalBytes)
  }

  #write(text: string): void {
    // An encoder does not write into shared memory, hence the copy.
    const utf8 = new TextEncoder().encode(text).subarray(0, this.#bytes.length)
    this.#bytes.set(utf8)
    this.#words[1] = utf8.length
  }
}

/** The worker's end: the pool as the engine sees it. */
export class RemotePool implements MemoryPool {
  readonly name: string
  readonly #port: MessagePort
  readonly #words: Int32Array
  readonly #bytes: Uint8Array
  readonly #answerMs: number
  readonly #ids = new Map<MemoryConsumer, number>()
  #nextId = 1
  #question = 0

  constructor({ name, port, cell }: PoolChannel, answerMs = ANSWER_MS) {
    this.name = name
    this.#port = port
    this.#words = new Int32Array(cell, 0, 2)
    this.#bytes = new Uint8Array(cell, TEXT_OFFSET)
    this.#answerMs = answerMs
  }

  register(consumer: MemoryConsumer): void {
    const id = this.#nextId++
    this.#ids.set(consumer, id)
    const { name, canSpill, evictable = false } = consumer
    this.#post({ kind: 'register', id, consumer: { name, canSpill, evictable } })
  }

  unregister(consumer: MemoryConsumer): void {
    const id = this.#id(consumer)
    this.#ids.delete(consumer)
    this.#post({ kind: 'unregister', id })
  }

  shrink(consumer: MemoryConsumer, bytes: number): void {
    this.#post({ kind: 'shrink', id: this.#id(consumer), bytes })
  }

  /** @throws `invalid_argument` when the page's pool throws or does not answer */
  tryGrow(consumer: MemoryConsumer, additionalBytes: number, reservedBytes: number): boolean {
    this.#question = (this.#question + 1) % 2 ** 28
    const question = this.#question
    const asked = question * 4 + ASKED
    Atomics.store(this.#words, 0, asked)
    this.#post({ kind: 'tryGrow', id: this.#id(consumer), question, additionalBytes, reservedBytes })
    Atomics.wait(this.#words, 0, asked, this.#answerMs)
    const state = Atomics.compareExchange(this.#words, 0, asked, -1) & 3
    switch (state) {
      case GRANTED:
        return true
      case REFUSED:
        return false
      case THREW:
        throw this.#failure(`threw: ${this.#text()}`)
      default:
        throw this.#failure(`did not answer within ${this.#answerMs / 1000} s`)
    }
  }

  #failure(what: string): LakebookError {
    return new LakebookError('invalid_argument', `The memory pool ${this.name} ${what}`, {
      hint: 'The pool is asked on the thread that opened the engine: tryGrow must answer at once.',
    })
  }

  #text(): string {
    return new TextDecoder().decode(this.#bytes.slice(0, this.#words[1]))
  }

  #id(consumer: MemoryConsumer): number {
    return this.#ids.get(consumer) ?? 0
  }

  #post(message: PoolMessage): void {
    this.#port.postMessage(message)
  }
}
