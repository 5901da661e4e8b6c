import type { Local } from '../../codegen/assembler.ts'
import type { Value } from '../../codegen/value.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import type { DirectKeys } from './direct-keys.ts'
import { pushCell } from './probe-passes.ts'
import { emitLookup, type Lookup } from './row-keys.ts'

/** Where in the directory the chain of the current row begins. */
export type Entry =
  /** All rows are one chain. */
  | { readonly kind: 'first' }
  | { readonly kind: 'hash'; readonly lookup: Lookup }
  /** At `place`, an i64, if that is below `length`. */
  | { readonly kind: 'key'; readonly place: Local; readonly length: number }

/** Emits the place of the keys' entry. */
export function entryOf(
  compiler: PipelineCompiler,
  keys: readonly Value[],
  direct: DirectKeys | null,
): Entry {
  const { f } = compiler
  const [key] = keys
  if (key === undefined) return { kind: 'first' }
  if (direct === null) return { kind: 'hash', lookup: emitLookup(compiler, keys) }
  f.get(key.locals[0]!)
  if (key.physical !== 'i64') f.op(key.physical.startsWith('u') ? 'i64.extend_i32_u' : 'i64.extend_i32_s')
  f.i64(direct.base)
  f.op('i64.sub')
  return { kind: 'key', place: f.keep('i64'), length: direct.length }
}

/** Pushes the first row of the chain; 0 when it is empty or `valid` is 0. */
export function pushHead(compiler: PipelineCompiler, cell: number, entry: Entry, valid: Local | null): void {
  const { f } = compiler
  const head = (): void => {
    pushCell(compiler, cell, 'directory')
    if (entry.kind !== 'first') {
      if (entry.kind === 'hash') {
        f.get(entry.lookup.hash)
        pushCell(compiler, cell, 'mask')
        f.op('i32.and')
      } else {
        f.get(entry.place)
        f.op('i32.wrap_i64')
      }
      f.i32(2)
      f.op('i32.shl')
      f.op('i32.add')
    }
    f.memory('i32.load')
  }
  if (valid === null && entry.kind !== 'key') {
    head()
    return
  }
  if (entry.kind === 'key') {
    f.get(entry.place)
    f.i64(BigInt(entry.length))
    f.op('i64.lt_u')
  }
  if (valid !== null) {
    f.get(valid)
    if (entry.kind === 'key') f.op('i32.and')
  }
  f.if(head, () => f.i32(0), 'i32')
}
