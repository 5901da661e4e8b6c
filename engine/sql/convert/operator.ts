import type { BinaryOperator } from '../ast.ts'
import { array, unsupportedNode, variant, words, type ConvertContext } from './raw.ts'

const operators: Readonly<Record<string, BinaryOperator>> = {
  Plus: '+',
  Minus: '-',
  Multiply: '*',
  Divide: '/',
  DuckIntegerDivide: '//',
  MyIntegerDivide: '//',
  Modulo: '%',
  StringConcat: '||',
  Gt: '>',
  Lt: '<',
  GtEq: '>=',
  LtEq: '<=',
  Spaceship: '<=>',
  Eq: '=',
  NotEq: '<>',
  And: 'and',
  Or: 'or',
  BitwiseOr: '|',
  BitwiseAnd: '&',
  // `^` reads as XOR in the generic dialect; analytics engines mean power
  BitwiseXor: '^',
  PGExp: '^',
  PGBitwiseShiftLeft: '<<',
  PGBitwiseShiftRight: '>>',
  Arrow: '->',
  LongArrow: '->>',
  PGOverlap: '&&',
  AtArrow: '@>',
  HashArrow: '#>',
  HashLongArrow: '#>>',
  HashMinus: '#-',
  ArrowAt: '<@',
  PGRegexMatch: '~',
  PGRegexNotMatch: '!~',
  PGRegexIMatch: '~*',
  PGRegexNotIMatch: '!~*',
  PGLikeMatch: '~~',
  PGNotLikeMatch: '!~~',
  PGILikeMatch: '~~*',
  PGNotILikeMatch: '!~~*',
  PGStartsWith: '^@',
}

/** What may stand in OPERATOR(…), with a schema before it or without. */
const namedOperators: Readonly<Record<string, BinaryOperator>> = {
  ...Object.fromEntries(Object.values(operators).map((each) => [each, each])),
  // see `sql/qualified-respelling.ts` and `sql/operator-respelling.ts`
  distance: '<->',
  glob: 'glob',
  xor: '#',
  jsonb_exists: '?',
  jsonb_exists_any: '?|',
  jsonb_exists_all: '?&',
}

/** Errors: `unsupported` for an operator that the engine has not. */
export function convertOperator(context: ConvertContext, raw: unknown, node: unknown): BinaryOperator {
  const [name, content] = variant(raw)
  const op = operators[name]
  if (op) return op
  if (name === 'PGCustomBinaryOperator') {
    const symbol = namedOperators[String(array(content).at(-1))]
    if (symbol) return symbol
  }
  const spelling = name === 'Custom' && typeof content === 'string' ? content : words(name)
  throw unsupportedNode(context, `The operator ${spelling}`, node)
}
