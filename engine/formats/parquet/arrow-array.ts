/**
 * An ArrowArray struct of the Arrow C Data Interface in a 32-bit memory, little endian:
 *
 * ```
 *  0 i64 length     8 i64 null count    16 i64 offset     24 i64 buffers    32 i64 children
 * 40 u32 buffers   44 u32 children      48 u32 dictionary 52 u32 release    56 u32 private
 * ```
 *
 * A null count of -1 means that nobody counted.
 */
export class ArrowArray {
  private readonly view: DataView
  private readonly address: number
  readonly length: number
  readonly nullCount: number
  readonly offset: number

  constructor(
    memory: ArrayBuffer,
    address: number,
    part?: { readonly from: number; readonly length: number },
  ) {
    this.view = new DataView(memory)
    this.address = address
    const length = Number(this.view.getBigInt64(address, true))
    const nullCount = Number(this.view.getBigInt64(address + 8, true))
    const offset = Number(this.view.getBigInt64(address + 16, true))
    const whole = part === undefined || (part.from === 0 && part.length === length)
    this.length = whole ? length : part.length
    this.nullCount = whole || nullCount === 0 ? nullCount : -1
    this.offset = whole ? offset : offset + part.from
  }

  /** `length` values from `from` on, where they lie. */
  slice(from: number, length: number): ArrowArray {
    const first = this.offset - Number(this.view.getBigInt64(this.address + 16, true))
    return new ArrowArray(this.view.buffer as ArrayBuffer, this.address, { from: first + from, length })
  }

  get childCount(): number {
    return Number(this.view.getBigInt64(this.address + 32, true))
  }

  /** Address of buffer `index`, 0 when the array has none there. */
  buffer(index: number): number {
    const count = Number(this.view.getBigInt64(this.address + 24, true))
    return index < count
      ? this.view.getUint32(this.view.getUint32(this.address + 40, true) + 4 * index, true)
      : 0
  }

  child(index: number): ArrowArray {
    const children = this.view.getUint32(this.address + 44, true)
    return new ArrowArray(this.view.buffer as ArrayBuffer, this.view.getUint32(children + 4 * index, true))
  }

  /** The values that the codes of a dictionary array stand for. */
  get dictionary(): ArrowArray | null {
    const address = this.view.getUint32(this.address + 48, true)
    return address === 0 ? null : new ArrowArray(this.view.buffer as ArrayBuffer, address)
  }

  int32(address: number): number {
    return this.view.getInt32(address, true)
  }
}
