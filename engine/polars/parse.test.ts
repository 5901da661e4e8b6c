import { describe, expect, it } from 'vitest'
import { LakebookError } from '../errors.ts'
import type { Statement, Syntax } from './ast.ts'
import { parsePolars } from './parse.ts'

function show(syntax: Syntax): string {
  switch (syntax.kind) {
    case 'name':
      return syntax.name
    case 'string':
      return JSON.stringify(syntax.value)
    case 'integer':
    case 'float':
    case 'boolean':
      return String(syntax.value)
    case 'none':
      return 'None'
    case 'attribute':
      return `${show(syntax.object)}.${syntax.name}`
    case 'call':
      return `${show(syntax.callee)}(${[
        ...syntax.args.map(show),
        ...syntax.keywords.map(({ name, value }) => (name === null ? '**' : `${name}=`) + show(value)),
      ].join(', ')})`
    case 'subscript':
      return `${show(syntax.object)}[${show(syntax.index)}]`
    case 'lambda':
      return `lambda ${syntax.parameters.join(', ')}: ${show(syntax.body)}`
    case 'list':
    case 'tuple':
      return `${syntax.kind}(${syntax.items.map(show).join(', ')})`
    case 'dict':
      return `{${syntax.entries.map(({ key, value }) => (key === null ? '**' : `${show(key)}: `) + show(value)).join(', ')}}`
    case 'unary':
      return `(${syntax.op} ${show(syntax.operand)})`
    case 'binary':
    case 'comparison':
      return `(${show(syntax.left)} ${syntax.op} ${show(syntax.right)})`
    case 'conditional':
      return `(${show(syntax.value)} if ${show(syntax.condition)} else ${show(syntax.otherwise)})`
    case 'format':
      return `f(${syntax.parts.map((part) => (typeof part === 'string' ? JSON.stringify(part) : show(part))).join(', ')})`
    case 'comprehension': {
      const clauses = syntax.clauses.map(
        ({ targets, iterable, conditions }) =>
          ` for ${targets.join(', ')} in ${show(iterable)}${conditions.map((one) => ` if ${show(one)}`).join('')}`,
      )
      return `[${syntax.key === null ? '' : `${show(syntax.key)}: `}${show(syntax.item)}${clauses.join('')}]`
    }
    case 'slice':
      return [syntax.start, syntax.stop].map((bound) => (bound === null ? '' : show(bound))).join(':')
    case 'unpacked':
      return `*${show(syntax.value)}`
    case 'formatted':
      return `${show(syntax.value)}:${syntax.spec}`
    case 'named':
      return `(${syntax.name} := ${show(syntax.value)})`
  }
}

function showStatement(statement: Statement): string {
  const body = (inside: readonly Statement[]) => `{${inside.map(showStatement).join('; ')}}`
  switch (statement.kind) {
    case 'value':
      return statement.target === null
        ? show(statement.value)
        : `${statement.target.name} = ${show(statement.value)}`
    case 'unpack':
      return `${statement.targets.join(', ')} = ${show(statement.value)}`
    case 'item':
      return `${statement.name}[${show(statement.index)}] = ${show(statement.value)}`
    case 'loop':
      return `for ${statement.targets.join(', ')} in ${show(statement.value)} ${body(statement.body)}`
    case 'branch':
      return statement.branches
        .map((one) => (one.condition === null ? 'else' : `if ${show(one.condition)}`) + ` ${body(one.body)}`)
        .join(' ')
    case 'function': {
      const parameters = statement.parameters.map(
        ({ name, otherwise }) => name + (otherwise === null ? '' : `=${show(otherwise)}`),
      )
      return `def ${statement.name}(${parameters.join(', ')}) ${body(statement.body)}`
    }
    case 'return':
      return `return ${statement.value === null ? '' : show(statement.value)}`
  }
}

function parsed(text: string): string[] {
  return parsePolars(text).map(showStatement)
}

function failure(text: string): LakebookError {
  try {
    parsePolars(text)
  } catch (error) {
    if (error instanceof LakebookError) return error
    throw error
  }
  throw new Error(`expected a refusal of ${text}`)
}

describe('parsePolars', () => {
  it.each([
    ['-x ** 2', '(- (x ** 2))'],
    ['2 ** -x', '(2 ** (- x))'],
    ['a - b - c', '((a - b) - c)'],
    ['a + b * c // d', '(a + ((b * c) // d))'],
    ['a & b | ~c ^ d', '((a & b) | ((~ c) ^ d))'],
    ['(a > 1) & (b <= 2)', '((a > 1) & (b <= 2))'],
    ['a & b == c', '((a & b) == c)'],
    ['not a or b', '((not a) or b)'],
    ['not a == b and c', '((not (a == b)) and c)'],
    ['a or b and c', '(a or (b and c))'],
    ['a ** b ** c', '(a ** (b ** c))'],
    ['(a - (b - c))', '(a - (b - c))'],
    ['f(1, *a, k="a", **b)', 'f(1, *a, k="a", **b)'],
    ['f(c for c in cols)', 'f([c for c in cols])'],
    ['[*a, b]', 'list(*a, b)'],
    ['{"a": 1, **b}', '{"a": 1, **b}'],
    ['[f(a, b) for (a, b) in c if a > 1 for d in e]', '[f(a, b) for a, b in c if (a > 1) for d in e]'],
    ['{k: v for k, v in d}', '[k: v for k, v in d]'],
    ['a if b > 1 else c', '(a if (b > 1) else c)'],
    [String.raw`f"{{a}} {b}\n" 'c'`, String.raw`f("{a} ", b, "\n", "c")`],
    ['x not in [1] and y is None', '((x not in list(1)) and (y is None))'],
    ['x[1:2][:-1][3:]', 'x[1:2][:(- 1)][3:]'],
    ['a + \\\n  b', '(a + b)'],
    ['[1, 2,]', 'list(1, 2)'],
    ['(1,)', 'tuple(1)'],
    ['{"a": 1, 2: (3, 4)}', '{"a": 1, 2: tuple(3, 4)}'],
    ['a.b(c)[0].d(e=None, f=True)', 'a.b(c)[0].d(e=None, f=true)'],
    ['1_000 + 0xff + 1.5e3 + .5', '(((1000 + 255) + 1500) + 0.5)'],
    [`"a\\n" 'b"' r"\\d" """c"""`, JSON.stringify('a\nb"\\dc')],
    ["'\\u00e9\\x41'", JSON.stringify('éA')],
    ['a, b = b, a', 'a, b = tuple(b, a)'],
    ['(a, b) = c', 'a, b = c'],
    ['d["k"] = v', 'd["k"] = v'],
    ['f"{x:.2f}|"', 'f(x:.2f, "|")'],
    ['f(n := 2)', 'f((n := 2))'],
    ['{1, 2}', 'list(1, 2)'],
    ['for a, b in xs:\n    y = a\n    zs.append(b)', 'for a, b in xs {y = a; zs.append(b)}'],
    ['if a:\n  x = 1\nelif b: x = 2\nelse:\n  x = 3', 'if a {x = 1} if b {x = 2} else {x = 3}'],
    ['def f(c, n: int = 1) -> int:\n    return c, n', 'def f(c, n=1) {return tuple(c, n)}'],
  ])('reads %s as Python does', (text, expected) => {
    if (expected === 'unsupported') expect(failure(text).code).toBe('unsupported')
    else expect(parsed(text)).toEqual([expected])
  })

  it('reads assignments, comments, imports and line breaks inside brackets', () => {
    const text = [
      'import polars as pl  # the usual name',
      'STEP = 60',
      'df = (',
      '    pl.scan_parquet("a.parquet")  # one',
      '      .sort(["b",',
      '             "c"])',
      ')',
      'x: int = 1; df',
      'a, b = 1, 2',
      'c = d = 3',
      'x += 4',
    ].join('\n')
    expect(parsed(text)).toEqual([
      'STEP = 60',
      'df = pl.scan_parquet("a.parquet").sort(list("b", "c"))',
      'x = 1',
      'df',
      'a = 1',
      'b = 2',
      'c = 3',
      'd = 3',
      'x = (x + 4)',
    ])
  })

  it('gives spans into the text', () => {
    const [statement] = parsePolars('a = 1\n') as [ReturnType<typeof parsePolars>[number]]
    expect(statement.span).toEqual({ start: 0, end: 5, line: 1, column: 1 })
    const [, second] = parsePolars('a = 1\nb =  c.d(e)')
    expect(second?.kind === 'value' ? second.value.span : null).toEqual({
      start: 11,
      end: 17,
      line: 2,
      column: 6,
    })
  })

  it.each([
    ['df = pl.col(', 'The bracket `(` on line 1, column 12 is not closed'],
    ['df.select([\n  pl.col("a"\n])', 'The bracket `(` on line 2, column 9 is not closed'],
    ['df.select(pl.col("a") +)', 'Python does not allow `)` here (line 1, column 24)'],
    ['x = ', 'The cell ends in the middle of an expression (line 1, column 5)'],
    ['df..head()', 'Python does not allow `.head` here (line 1, column 4)'],
  ])('says where %j is wrong', (text, message) => {
    const error = failure(text)
    expect(error.code).toBe('syntax')
    expect(error.message).toBe(message)
    expect(error.span).toBeDefined()
  })

  it.each([
    ['class A:\n    pass', 'A class definition'],
    ['for x in [1]:\n    break', 'break'],
    ['import os', '`import os`'],
    ['from polars import *', '`from polars import *`'],
    ['x[0] += 1', 'Such a change'],
    ['while True:\n  pass', 'A while loop'],
  ])('refuses %j by name', (text, name) => {
    const error = failure(text)
    expect(error.code).toBe('forbidden')
    expect(error.message).toContain(name)
    expect(error.hint).toBeTruthy()
  })

  it.each(['1 < x < 3', 'df.pipe(lambda x=1: x)', 'a, *b = c', 'def f(*a):\n  return 1', 'f"{x!r}"'])(
    'refuses %j with a hint',
    (text) => {
      const error = failure(text)
      expect(error.code).toBe('unsupported')
      expect(error.hint).toBeTruthy()
    },
  )
})
