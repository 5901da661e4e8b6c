import { unsupported } from '../errors.ts'
import { typeName, type DataType } from './types.ts'

/** Values of every type but lists of lists can be kept: in batches, in rows, in states. @throws `unsupported` */
export function checkKept(type: DataType): void {
  if (type.kind === 'list' && type.item.kind === 'list') {
    throw unsupported(`Keeping lists of lists (${typeName(type)}) in a result, a table or the rows of a sort`)
  }
}
