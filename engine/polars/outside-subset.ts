import { LakebookError, type SourceSpan } from '../errors.ts'

/** Python that a cell cannot hold: what it is called and what to write instead. */
const OUTSIDE: Readonly<Record<string, { readonly what: string; readonly instead: string }>> = {
  ForStatement: {
    what: 'A loop of this kind',
    instead: 'Loops go over lists that are written out; columns have expressions.',
  },
  WhileStatement: {
    what: 'A while loop',
    instead: 'Write the calculation as expressions over whole columns.',
  },
  FunctionDefinition: {
    what: 'A function of this kind',
    instead: 'Write def name(parameters): and return an expression or a frame.',
  },
  BreakStatement: { what: 'break', instead: 'Loop over the items that are wanted: for x in items[:3].' },
  ContinueStatement: { what: 'continue', instead: 'Put what follows under an if.' },
  ClassDefinition: {
    what: 'A class definition',
    instead: 'A cell holds assignments and Polars expressions only.',
  },
  DecoratedStatement: {
    what: 'A decorator',
    instead: 'A cell holds assignments and Polars expressions only.',
  },
  TryStatement: {
    what: 'A try statement',
    instead: 'Use cast(..., strict=False) to turn failures into nulls.',
  },
  WithStatement: {
    what: 'A with statement',
    instead: 'Files are opened by pl.read_parquet("name.parquet").',
  },
  MatchStatement: {
    what: 'A match statement',
    instead: 'Use pl.when(...).then(...).otherwise(...) inside an expression.',
  },
  ReturnStatement: {
    what: 'A return statement outside a function',
    instead: 'The last expression of a cell is its result.',
  },
  RaiseStatement: {
    what: 'A raise statement',
    instead: 'A cell holds assignments and Polars expressions only.',
  },
  AssertStatement: {
    what: 'An assert statement',
    instead: 'Filter for the rows that break the rule and look at them.',
  },
  DeleteStatement: { what: 'A del statement', instead: 'Use frame.drop("column") to leave out a column.' },
  GlobalStatement: {
    what: 'A global statement',
    instead: 'Assigned names are visible to later cells already.',
  },
  NonlocalStatement: {
    what: 'A nonlocal statement',
    instead: 'Assigned names are visible to later cells already.',
  },
  PrintStatement: {
    what: 'A print statement',
    instead: 'The last expression of a cell is shown as its result: write it alone on the last line.',
  },
  YieldStatement: {
    what: 'A yield statement',
    instead: 'A cell holds assignments and Polars expressions only.',
  },
  UpdateStatement: { what: 'Such a change of part of a value', instead: 'Write `name = name + ...`.' },
  ComprehensionExpression: {
    what: 'A comprehension of this kind',
    instead:
      'Name several columns at once: pl.col("a", "b").mean(), or write [pl.col(c).mean() for c in ["a", "b"]].',
  },
  SetComprehensionExpression: { what: 'A set comprehension', instead: 'Write the values out as a list.' },
  AwaitExpression: { what: 'await', instead: 'A cell waits for its result by itself.' },
  YieldExpression: { what: 'yield', instead: 'A cell holds assignments and Polars expressions only.' },
  Ellipsis: { what: '`...`', instead: 'Write the value out.' },
}

/** The error for a node of Python's grammar that is no part of the subset. */
export function outsideSubset(node: string, span: SourceSpan | undefined): LakebookError {
  const entry = OUTSIDE[node]
  const what = entry?.what ?? `Python's ${node}`
  const place = span === undefined ? '' : ` (line ${span.line}, column ${span.column})`
  return new LakebookError('forbidden', `${what} cannot be part of a Polars cell${place}`, {
    span,
    hint: entry?.instead ?? 'A cell holds assignments and Polars expressions only.',
  })
}
