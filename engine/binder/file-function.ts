import type { DataType } from '../arrow/types.ts'
import type {
  FileFunction,
  FileRequest,
  FileView,
  OptionValue,
  RequestedTable,
} from '../catalog/file-request.ts'
import { LakebookError, unsupported } from '../errors.ts'
import type { SqlExpression, TableExpression } from '../sql/ast.ts'
import { typeOfName } from './type-name.ts'
import { atSpan, type Environment } from './environment.ts'

const FUNCTIONS: Readonly<Record<string, readonly [FileFunction, FileView]>> = {
  read_csv: ['csv', 'rows'],
  read_csv_auto: ['csv', 'rows'],
  sniff_csv: ['csv', 'sniffed'],
  read_json: ['json', 'rows'],
  read_json_auto: ['json', 'rows'],
  read_ndjson: ['ndjson', 'rows'],
  read_ndjson_auto: ['ndjson', 'rows'],
  read_json_objects: ['json', 'rows'],
  read_parquet: ['parquet', 'rows'],
  parquet_scan: ['parquet', 'rows'],
  parquet_schema: ['parquet', 'parquet_schema'],
  parquet_metadata: ['parquet', 'parquet_metadata'],
  parquet_file_metadata: ['parquet', 'parquet_file_metadata'],
  read_arrow: ['arrow', 'rows'],
  read_ipc: ['arrow', 'rows'],
}

/** The table that `read_csv('a*.csv', delim = ';')` and its like read; null when `from` is another function. */
export function fileFunctionTable(
  environment: Environment,
  from: TableExpression & { kind: 'table_function' },
): RequestedTable | null {
  const known = FUNCTIONS[from.name.toLowerCase()]
  if (known === undefined) return null
  const [reader, view] = known
  const [files, ...more] = from.args
  const patterns = files === undefined ? null : textsOf(files)
  if (patterns === null || patterns.length === 0 || more.length > 0) {
    throw new LakebookError('invalid_argument', `${from.name} takes a file's name, or a list of names`, {
      span: from.span,
      hint: `Write ${from.name}('file.${reader}'), and options as name = value.`,
    })
  }
  const types = new Map<string, DataType>()
  const options = from.named.map(({ name, value }) => {
    const option = name.name.toLowerCase()
    const known = optionValue(value)
    if (['columns', 'types', 'dtypes', 'column_types'].includes(option)) {
      for (const text of typeTexts(known)) types.set(text, typeOf(text, value))
    }
    return { name: option, value: known }
  })
  const request: FileRequest = { reader, view, patterns, options, types: [...types] }
  const { catalog } = environment
  return atSpan(files?.span ?? from.span, () => {
    const found = catalog.files?.(request)
    if (found === undefined) throw unsupported(`The table function ${from.name}`, from.span)
    return found
  })
}

function textsOf(expression: SqlExpression): readonly string[] | null {
  if (expression.kind === 'string') return [expression.value]
  if (expression.kind !== 'list') return null
  const texts = expression.items.flatMap((item) => (item.kind === 'string' ? [item.value] : []))
  return texts.length === expression.items.length ? texts : null
}

function optionValue(expression: SqlExpression): OptionValue {
  switch (expression.kind) {
    case 'string':
    case 'boolean':
      return expression.value
    case 'number':
      return Number(expression.text)
    case 'null':
      return null
    case 'identifier':
      return expression.parts.map(({ name }) => name).join('.')
    case 'list':
      return expression.items.map(optionValue)
    case 'struct':
      return { fields: expression.fields.map(({ name, value }) => [name, optionValue(value)] as const) }
    case 'unary':
      if (expression.op === '-' && expression.operand.kind === 'number')
        return -Number(expression.operand.text)
      break
    default:
      break
  }
  throw new LakebookError('invalid_argument', 'An option of a file function is a plain value', {
    span: expression.span,
  })
}

function typeTexts(value: OptionValue): readonly string[] {
  if (typeof value === 'string') return [value]
  if (value === null || typeof value !== 'object') return []
  if ('fields' in value) return value.fields.flatMap(([, each]) => typeTexts(each))
  return value.flatMap(typeTexts)
}

/** A type by its SQL name. */
function typeOf(text: string, place: SqlExpression): DataType {
  const type = typeOfName(text)
  if (type) return type
  throw new LakebookError('type', `There is no type ${text}`, {
    span: place.span,
    hint: 'Write it as in CAST.',
  })
}
