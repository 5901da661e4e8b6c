import { expect, test } from 'vitest'
import { DecoderRefusal } from './decoder.ts'
import { readDecoderModule } from './decoder-module.node.ts'
import { DecoderSlot } from './decoder-slot.ts'
import { limitMemory } from './limit-memory.ts'

const module = await readDecoderModule()
const MIB = 2 ** 20
const range = { offset: 0, limit: 1 }

test('what is not Parquet is refused in words, and the decoder goes on', () => {
  const slot = new DecoderSlot(module, 16 * MIB)
  const decode = () => slot.use((decoder) => decoder.decode([new Uint8Array(100)], range))
  expect(decode).toThrow(DecoderRefusal)
  expect(decode).toThrow(/Parquet/)
  expect(slot.made).toBe(1)
  expect(slot.memoryBytes).toBeLessThan(16 * MIB)
})

test('a decoder that grew past its share is dropped, and so is one that failed in any other way', () => {
  const slot = new DecoderSlot(module, 4 * MIB)
  const big = new Uint8Array(30 * MIB)
  expect(() => slot.use((decoder) => decoder.decode([big], range))).toThrow(DecoderRefusal)
  expect(slot.memoryBytes).toBe(0)
  slot.use(() => undefined)
  expect(slot.made).toBe(2)
  expect(slot.memoryBytes).toBeGreaterThan(0)
  expect(() =>
    slot.use(() => {
      throw new WebAssembly.RuntimeError('unreachable')
    }),
  ).toThrow('unreachable')
  expect(slot.memoryBytes).toBe(0)
})

test('one that grew past its share stays for as long as several uses are to come', () => {
  const slot = new DecoderSlot(module, 4 * MIB)
  const letGo = [slot.hold(), slot.hold()]
  expect(() => slot.use((decoder) => decoder.decode([new Uint8Array(30 * MIB)], range))).toThrow(
    DecoderRefusal,
  )
  slot.use(() => undefined)
  letGo[0]!()
  expect(slot.memoryBytes).toBeGreaterThan(30 * MIB)
  expect(slot.made).toBe(1)
  letGo[1]!()
  expect(slot.memoryBytes).toBe(0)
})

test('no file makes a decoder grow without end', () => {
  const slot = new DecoderSlot(module, 4 * MIB)
  const endless = { length: 600 * MIB } as Uint8Array
  expect(() => slot.use((decoder) => decoder.decode([endless], range))).toThrow()
  expect(slot.memoryBytes).toBe(0)
})

test('a memory section gets a maximum', async () => {
  // Header, then section 5 of 3 bytes: one memory, no maximum, initially 1 page; then an empty custom section "x".
  const binary = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 0, 1, 7, 5, 1, 1, 0x6d, 2, 0)
  const limited = limitMemory(binary, 3 * 65536)
  const { instance } = await WebAssembly.instantiate(limited)
  const memory = instance.exports['m'] as WebAssembly.Memory
  memory.grow(2)
  expect(() => memory.grow(1)).toThrow(RangeError)
})
