// Bytes 0 and 4 of a thread's block: the next free byte of its scratch area, and the end of the area.

// @ts-ignore: AssemblyScript's decorator
@external("host", "scratch_grow")
declare function scratch_grow(thread: u32, bytes: u32): void

/** Scratch space that lives until the pipeline function is called again, 8-byte aligned. */
export function scratch_allocate(thread: u32, bytes: u32): u32 {
  const rounded = (bytes + 7) & ~7
  let next = load<u32>(thread)
  if (load<u32>(thread, 4) - next < rounded) {
    scratch_grow(thread, rounded)
    next = load<u32>(thread)
  }
  store<u32>(thread, next + rounded)
  return next
}

/** As `scratch_allocate`, for a product or sum that may be too large for a u32: nothing of 2 GiB or more is made. */
export function scratch_allocate_wide(thread: u32, bytes: u64): u32 {
  if (bytes < MOST_BYTES) return scratch_allocate(thread, <u32>bytes)
  // refused there, as more than the heap has left; a heap that has it is not to be used for one text
  scratch_grow(thread, <u32>MOST_BYTES)
  unreachable()
  return 0
}

const MOST_BYTES: u64 = 0x7ffffff0

/** Gives back what the last allocation took beyond `bytes`. */
export function scratch_trim(thread: u32, ptr: u32, bytes: u32): void {
  store<u32>(thread, ptr + ((bytes + 7) & ~7))
}

// @ts-ignore: AssemblyScript's decorator
@inline
export function pack(ptr: u32, len: u32): u64 {
  return <u64>ptr | (<u64>len << 32)
}
