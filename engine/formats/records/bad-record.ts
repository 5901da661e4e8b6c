import { typeName } from '../../arrow/types.ts'
import { internalError, LakebookError } from '../../errors.ts'
import { REJECT_BYTES } from './field-kernels.ts'
import { REASONS, type FieldReading, type RecordFormat } from './record-format.ts'
import type { RecordReader, SplitRequest, TextArea } from './text-area.ts'

export interface BadRecord {
  readonly line: number
  readonly column: number
  readonly reason: number
  /** The record as it is written, cut after some 200 bytes. */
  readonly text: string
}

const SHOWN_BYTES = 200

/** The first record of an area that was left out. */
export function firstBadRecord(reader: RecordReader, area: TextArea, request: SplitRequest): BadRecord {
  const { pointer, count } = area.rejects(request, 1)
  if (count === 0) throw internalError('a bad record was not found again')
  const { u32, u8 } = reader.cache.heap
  const word = pointer >>> 2
  const at = u32[word] ?? 0
  const bytes = Math.min(SHOWN_BYTES, u32[word + 1] ?? 0)
  return {
    line: u32[word + 2] ?? 0,
    column: u32[word + 3] ?? 0,
    reason: u32[word + REJECT_BYTES / 4 - 2] ?? 0,
    text: new TextDecoder().decode(u8.slice(at, at + bytes)),
  }
}

/** The error that names file, line and column. */
export function badRecordError(
  file: {
    readonly name: string
    readonly names: readonly string[]
    readonly readings: readonly FieldReading[]
    readonly format: RecordFormat
  },
  bad: BadRecord,
): LakebookError {
  const { line, column, reason, text } = bad
  const name = file.names[column]
  const where = `${file.name}, line ${line}`
  const type = file.readings[column]?.type
  const at = name === undefined ? '' : `, column "${name}"`
  const hint =
    reason === 5
      ? 'Save the file as UTF-8.'
      : 'Read it with ignore_errors = true to leave such lines out, or give the column another type with types.'
  return new LakebookError('corrupt_file', `${where}${reason >= 5 ? at : ''}: ${explain()} in: ${text}`, {
    hint,
  })

  function explain(): string {
    const columns = file.names.length
    switch (reason) {
      case 1:
        return `${column} columns where there should be ${columns}`
      case 2:
        return `${column + 1} columns where there should be ${columns}`
      case 6:
        return type === undefined ? REASONS[6] : `the value is no ${typeName(type)}`
      default:
        return REASONS[reason as keyof typeof REASONS]
    }
  }
}
