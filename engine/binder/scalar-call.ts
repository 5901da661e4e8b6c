import { typeName, types, type DataType } from '../arrow/types.ts'
import { nearestName } from '../catalog/nearest-name.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import { aggregateNames } from '../functions/aggregate-signatures.ts'
import { macroNames } from '../functions/macro.ts'
import { findScalar, resolveScalar, scalarNames } from '../functions/scalar-registry.ts'
import { windowNames } from '../functions/window-signatures.ts'
import type { Expression } from '../plan/plan.ts'
import { adaptLiterals, castTo, literal, plainList } from './coerce.ts'
import { atSpan } from './environment.ts'
import { commonCollation } from './text-collation.ts'

export function unknownFunction(name: string, span: SourceSpan | undefined): LakebookError {
  if (macroNames().includes(name.toLowerCase())) {
    return new LakebookError('type', `${name} does not take these arguments`, {
      span,
      hint: 'The reference of functions shows what it takes.',
    })
  }
  const near = nearestName(name, [...scalarNames(), ...macroNames(), ...aggregateNames(), ...windowNames()])
  return new LakebookError('unknown_function', `There is no function "${name}"`, {
    span,
    hint: near === null ? undefined : `Did you mean "${near}"?`,
  })
}

/** Functions whose arguments all have one type, so that literals among them take it. */
const uniform: ReadonlySet<string> = new Set([
  '+',
  '-',
  '*',
  '/',
  '//',
  '%',
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  'in',
  'between',
  'coalesce',
  'nullif',
  'greatest',
  'least',
  'is_distinct_from',
  'is_not_distinct_from',
  'list_value',
  '&',
  '|',
  '^',
  'xor',
  '<<',
  '>>',
])

function tryResolve(name: string, args: readonly Expression[]) {
  const literals = args.map((arg) => (arg.kind === 'literal' ? arg.value : undefined))
  return resolveScalar(
    name,
    args.map((arg) => arg.type),
    literals,
  )
}

/** Text literals stand for a date, a time or an interval where the function takes no text. */
function* readings(args: readonly Expression[]): Generator<readonly Expression[]> {
  yield args
  if (args.some((arg) => arg.type.kind === 'enum'))
    yield args.map((arg) => (arg.type.kind === 'enum' ? castTo(arg, types.utf8) : arg))
  const texts = args.filter((arg) => arg.kind === 'literal' && arg.type.kind === 'utf8')
  if (texts.length === 0) return
  const others: readonly DataType[] = [types.timestamp, types.date, types.interval, types.float64, types.uuid]
  for (const type of others) {
    yield args.map((arg) => {
      if (arg.kind !== 'literal' || arg.type.kind !== 'utf8') return arg
      try {
        return castTo(arg, type)
      } catch {
        return arg
      }
    })
  }
}

/** A call of a scalar function or operator, with its arguments cast. Errors: `unknown_function`, `type`, `cast`. */
export function scalarCall(
  name: string,
  args: readonly Expression[],
  span: SourceSpan | undefined,
): Expression {
  const fn = findScalar(name)
  if (!fn) throw unknownFunction(name, span)
  const collation = commonCollation(args, span)
  const given = fn.category === 'list' && fn.name !== 'list_value' ? args.map(plainList) : args
  const adapted = uniform.has(fn.name) ? adaptWhereOneType(fn.name, given) : given
  for (const reading of readings(adapted)) {
    const resolved = atSpan(span, () => tryResolve(name, reading))
    if (!resolved) continue
    const cast = reading.map((arg, index) => castTo(arg, resolved.argTypes[index] ?? arg.type))
    const nullable = resolved.nullability(cast.map((arg) => arg.nullable))
    const isCollated = collation !== null && resolved.type.kind === 'utf8'
    const type = isCollated ? { ...resolved.type, collation } : resolved.type
    return { kind: 'call', fn: resolved.name, args: cast, type, nullable, span }
  }
  // a list that nobody knows the items of is NULL, and so is what functions make of it
  if (['list', 'map', 'struct'].includes(fn.category) && args[0]?.type.kind === 'null')
    return literal(null, types.null, span)
  const listed = args.map((arg) => typeName(arg.type)).join(', ')
  throw new LakebookError(
    'type',
    `${/^\w/.test(name) ? name : `The operator ${name}`} does not take (${listed})`,
    {
      span,
      hint: 'Cast the arguments to types that it takes.',
    },
  )
}

/** Arithmetic between a date and a text literal must not read the text as a date. */
function adaptWhereOneType(name: string, args: readonly Expression[]): readonly Expression[] {
  const isTemporal = args.some(
    ({ type }) => type.kind === 'date' || type.kind === 'timestamp' || type.kind === 'interval',
  )
  return isTemporal && (name === '+' || name === '-') ? args : adaptLiterals(args)
}
