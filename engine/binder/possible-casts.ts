import { isFloat, isNested, isNumeric, isUnion, sameType, type DataType } from '../arrow/types.ts'
import { isWhole, memberFor } from '../functions/scalar-types.ts'

/** Casts that no engine makes sense of. */
export function cannotCast(from: DataType, to: DataType): boolean {
  if (sameType(from, to)) return false
  if (from.kind === 'utf8' && isUnion(to)) return memberFor(from, to) === null
  if (from.kind === 'null' || from.kind === 'utf8' || to.kind === 'utf8') return false
  if (from.kind === 'json' || to.kind === 'json') return false
  if (from.kind === 'enum' || to.kind === 'enum') return from.kind !== to.kind
  if (isUnion(to) && !isUnion(from)) return memberFor(from, to) === null
  if (isUnion(from)) return !isUnion(to)
  if (isNested(from) || isNested(to)) return from.kind !== to.kind
  if (from.kind === 'bit' || to.kind === 'bit') {
    const other = from.kind === 'bit' ? to : from
    return !(isWhole(other) || isFloat(other) || other.kind === 'bool' || other.kind === 'binary')
  }
  const kind = (type: DataType) => (type.kind.startsWith('timestamp') ? 'timestamp' : type.kind)
  const temporal = (type: DataType) =>
    ['date', 'time', 'timetz', 'timestamp', 'interval', 'binary', 'uuid'].includes(kind(type))
  if (isNumeric(from) || from.kind === 'bool') return temporal(to)
  if (isNumeric(to) || to.kind === 'bool') return temporal(from)
  if (from.kind === 'date') return kind(to) !== 'timestamp'
  if (from.kind === 'time' && to.kind === 'timetz') return false
  if (from.kind === 'timetz') return to.kind !== 'time'
  if (kind(from) === 'timestamp') return !['date', 'time', 'timetz', 'timestamp'].includes(kind(to))
  return !(from.kind === 'time' && to.kind === 'interval')
}
