import { INFINITE_DAY, INFINITE_MICROS } from '../arrow/infinite-time.ts'
import type { FunctionBuilder } from './assembler.ts'
import type { Value } from './value.ts'

/** Pushes 1 when a date or timestamp is `infinity` or `-infinity`, else 0. */
export function pushIsInfinite(f: FunctionBuilder, { type, locals }: Value): void {
  const [value] = locals
  f.get(value!)
  // the two lie beside each other when counted from the one before all others
  if (type.kind === 'date') {
    f.i32(Number(INFINITE_DAY) - 1)
    f.op('i32.add')
    f.i32(-3)
    f.op('i32.ge_u')
  } else {
    f.i64(INFINITE_MICROS - 1n)
    f.op('i64.add')
    f.i64(-3n)
    f.op('i64.ge_u')
  }
}
