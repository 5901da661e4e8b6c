import type { Label, Local } from '../../codegen/assembler.ts'
import { emitNullSafeEquals } from '../../codegen/compare.ts'
import { emitHash } from '../../codegen/hash.ts'
import type { Value } from '../../codegen/value.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import { emitLoadField, type RowField } from '../row-layout.ts'

const SEED = 0x243f6a8885a308d3n

/** Emits the u32 hash of the keys: its low bits choose a directory entry, its high bits a partition. */
export function emitKeyHash(compiler: PipelineCompiler, keys: readonly Value[]): Local {
  const { f } = compiler
  const seed = f.local('i64')
  f.i64(SEED)
  f.set(seed)
  for (const key of keys) {
    emitHash(compiler, key, seed)
    f.set(seed)
  }
  f.get(seed)
  f.op('i32.wrap_i64')
  return f.keep('i32')
}

/** Emits a branch to `different` unless the row's fields are the keys, NULL being the same as NULL. */
export function emitLeaveUnlessSame(
  compiler: PipelineCompiler,
  keys: readonly Value[],
  row: Local,
  fields: readonly RowField[],
  different: Label,
): void {
  const { f } = compiler
  keys.forEach((key, index) => {
    emitNullSafeEquals(compiler, key, emitLoadField(f, row, fields[index]!))
    f.op('i32.eqz')
    f.brIf(different)
  })
}
