import type { Local } from '../../codegen/assembler.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import type { PartitionLocals } from './window-frame.ts'

/**
 * Locals that survive from one run of the code to the next in a partition that is continued: emits `begin` for a new
 * partition and loads for a continued one; the function returned emits the stores.
 */
export function emitCarried(
  compiler: PipelineCompiler,
  locals: PartitionLocals,
  carried: readonly Local[],
  begin: () => void,
): () => void {
  const { f, thread } = compiler
  const slots = carried.map((local) => ({ local, offset: compiler.state(8) }))
  locals.carried.push(...slots.map(({ offset }) => offset))
  f.get(locals.before)
  f.op('i64.eqz')
  f.if(begin, () => {
    for (const { local, offset } of slots) {
      f.get(thread)
      f.memory(`${local.type}.load`, offset)
      f.set(local)
    }
  })
  return () => {
    for (const { local, offset } of slots) {
      f.get(thread)
      f.get(local)
      f.memory(`${local.type}.store`, offset)
    }
  }
}
