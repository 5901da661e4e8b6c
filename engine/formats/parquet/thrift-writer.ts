/**
 * Writes Thrift's compact protocol, as far as Parquet's metadata needs it.
 *
 * A field is one byte (id delta << 4 | type) when the id grew by 1 to 15, which is always so here, then its value.
 * Integers are zigzag varints, binary is a varint length and the bytes, a list is (size << 4 | element type) or
 * 0xf0 | element type and a varint size; a struct ends with a zero byte.
 */
export class ThriftWriter {
  private readonly bytes: number[] = []
  private readonly lastIds: number[] = [0]

  int32(id: number, value: number | undefined): this {
    if (value === undefined) return this
    this.field(id, 5)
    this.zigzag(BigInt(value))
    return this
  }

  int64(id: number, value: bigint | undefined): this {
    if (value === undefined) return this
    this.field(id, 6)
    this.zigzag(value)
    return this
  }

  text(id: number, value: string): this {
    this.field(id, 8)
    this.binary(value)
    return this
  }

  struct(id: number, write: (writer: this) => void): this {
    this.field(id, 12)
    this.body(write)
    return this
  }

  int32List(id: number, values: readonly number[]): this {
    this.list(id, 5, values.length)
    for (const value of values) this.zigzag(BigInt(value))
    return this
  }

  textList(id: number, values: readonly string[]): this {
    this.list(id, 8, values.length)
    for (const value of values) this.binary(value)
    return this
  }

  structList<T>(id: number, values: readonly T[], write: (writer: this, value: T) => void): this {
    this.list(id, 12, values.length)
    for (const value of values)
      this.body((writer) => {
        write(writer, value)
      })
    return this
  }

  /** The outermost struct's bytes. */
  finish(): Uint8Array {
    this.bytes.push(0)
    return Uint8Array.from(this.bytes)
  }

  private body(write: (writer: this) => void): void {
    this.lastIds.push(0)
    write(this)
    this.lastIds.pop()
    this.bytes.push(0)
  }

  private field(id: number, type: number): void {
    const last = this.lastIds.length - 1
    const delta = id - (this.lastIds[last] ?? 0)
    this.lastIds[last] = id
    this.bytes.push((delta << 4) | type)
  }

  private list(id: number, type: number, size: number): void {
    this.field(id, 9)
    if (size < 15) {
      this.bytes.push((size << 4) | type)
    } else {
      this.bytes.push(0xf0 | type)
      this.varint(BigInt(size))
    }
  }

  private binary(value: string): void {
    const encoded = new TextEncoder().encode(value)
    this.varint(BigInt(encoded.length))
    for (const byte of encoded) this.bytes.push(byte)
  }

  private zigzag(value: bigint): void {
    this.varint(value >= 0n ? value << 1n : (-value << 1n) - 1n)
  }

  private varint(value: bigint): void {
    let rest = value
    while (rest > 0x7fn) {
      this.bytes.push(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    this.bytes.push(Number(rest))
  }
}
