import type { SourceSpan } from '../errors.ts'

/** A cell's text as written, before any name is looked up. The typed builder makes the same nodes, without spans. */
export type Syntax =
  | NameSyntax
  | StringSyntax
  | IntegerSyntax
  | FloatSyntax
  | BooleanSyntax
  | NoneSyntax
  | AttributeSyntax
  | CallSyntax
  | SubscriptSyntax
  | SequenceSyntax
  | DictSyntax
  | UnarySyntax
  | BinarySyntax
  | ComparisonSyntax
  | ConditionalSyntax
  | FormatSyntax
  | ComprehensionSyntax
  | SliceSyntax
  | UnpackedSyntax
  | LambdaSyntax
  | FormattedSyntax
  | NamedSyntax

interface Placed {
  readonly span: SourceSpan | undefined
}

export interface NameSyntax extends Placed {
  readonly kind: 'name'
  readonly name: string
}

export interface StringSyntax extends Placed {
  readonly kind: 'string'
  readonly value: string
}

export interface IntegerSyntax extends Placed {
  readonly kind: 'integer'
  readonly value: bigint
}

export interface FloatSyntax extends Placed {
  readonly kind: 'float'
  readonly value: number
}

export interface BooleanSyntax extends Placed {
  readonly kind: 'boolean'
  readonly value: boolean
}

export interface NoneSyntax extends Placed {
  readonly kind: 'none'
}

/** `object.name`; `nameSpan` is the name alone. */
export interface AttributeSyntax extends Placed {
  readonly kind: 'attribute'
  readonly object: Syntax
  readonly name: string
  readonly nameSpan: SourceSpan | undefined
}

/** `name=value`; without a name, `**value`. */
export interface KeywordArgument {
  readonly name: string | null
  readonly value: Syntax
  readonly span: SourceSpan | undefined
}

export interface CallSyntax extends Placed {
  readonly kind: 'call'
  readonly callee: Syntax
  readonly args: readonly Syntax[]
  readonly keywords: readonly KeywordArgument[]
}

export interface SubscriptSyntax extends Placed {
  readonly kind: 'subscript'
  readonly object: Syntax
  readonly index: Syntax
}

export interface SequenceSyntax extends Placed {
  readonly kind: 'list' | 'tuple'
  readonly items: readonly Syntax[]
}

/** An entry without a key is `**value`. */
export interface DictSyntax extends Placed {
  readonly kind: 'dict'
  readonly entries: readonly { readonly key: Syntax | null; readonly value: Syntax }[]
}

export type UnaryOperator = '-' | '+' | '~' | 'not'

export interface UnarySyntax extends Placed {
  readonly kind: 'unary'
  readonly op: UnaryOperator
  readonly operand: Syntax
}

export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '//'
  | '%'
  | '**'
  | '&'
  | '|'
  | '^'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'and'
  | 'or'

export interface BinarySyntax extends Placed {
  readonly kind: 'binary'
  readonly op: BinaryOperator
  readonly left: Syntax
  readonly right: Syntax
}

/** `left in right` and its like, which only constants take. */
export interface ComparisonSyntax extends Placed {
  readonly kind: 'comparison'
  readonly op: 'in' | 'not in' | 'is' | 'is not'
  readonly left: Syntax
  readonly right: Syntax
}

/** `value if condition else otherwise`, over constants. */
export interface ConditionalSyntax extends Placed {
  readonly kind: 'conditional'
  readonly condition: Syntax
  readonly value: Syntax
  readonly otherwise: Syntax
}

/** An f-string: texts and the values between them. */
export interface FormatSyntax extends Placed {
  readonly kind: 'format'
  readonly parts: readonly (string | Syntax)[]
}

/** `[item for targets in iterable if condition]`; with a key, of a dict. */
export interface ComprehensionSyntax extends Placed {
  readonly kind: 'comprehension'
  readonly key: Syntax | null
  readonly item: Syntax
  readonly clauses: readonly ComprehensionClause[]
}

export interface ComprehensionClause {
  readonly targets: readonly string[]
  readonly iterable: Syntax
  readonly conditions: readonly Syntax[]
}

/** `start:stop:step` in square brackets. */
export interface SliceSyntax extends Placed {
  readonly kind: 'slice'
  readonly start: Syntax | null
  readonly stop: Syntax | null
  readonly step: Syntax | null
}

/** `*value` in a list or a call. */
export interface UnpackedSyntax extends Placed {
  readonly kind: 'unpacked'
  readonly value: Syntax
}

/** `lambda a, b: body`, which is worked out once where the cell is read: its parameters stand for frames or expressions. */
export interface LambdaSyntax extends Placed {
  readonly kind: 'lambda'
  readonly parameters: readonly string[]
  readonly body: Syntax
}

/** A value in an f-string with the way it is written, `{x:.2f}`. */
export interface FormattedSyntax extends Placed {
  readonly kind: 'formatted'
  readonly value: Syntax
  readonly spec: string
}

/** `(name := value)`. */
export interface NamedSyntax extends Placed {
  readonly kind: 'named'
  readonly name: string
  readonly value: Syntax
}

export type Statement =
  | ValueStatement
  | UnpackStatement
  | ItemStatement
  | LoopStatement
  | BranchStatement
  | FunctionStatement
  | ReturnStatement

/** A name given to a value, or a value by itself. */
export interface ValueStatement extends Placed {
  readonly kind: 'value'
  readonly target: { readonly name: string; readonly span: SourceSpan | undefined } | null
  readonly value: Syntax
}

/** `a, b = value`. */
export interface UnpackStatement extends Placed {
  readonly kind: 'unpack'
  readonly targets: readonly string[]
  readonly value: Syntax
}

/** `name[index] = value`. */
export interface ItemStatement extends Placed {
  readonly kind: 'item'
  readonly name: string
  readonly index: Syntax
  readonly value: Syntax
}

/** `for targets in value: body`, over constants. */
export interface LoopStatement extends Placed {
  readonly kind: 'loop'
  readonly targets: readonly string[]
  readonly value: Syntax
  readonly body: readonly Statement[]
}

/** `if`, `elif` and `else` on constants; `else` has no condition. */
export interface BranchStatement extends Placed {
  readonly kind: 'branch'
  readonly branches: readonly { readonly condition: Syntax | null; readonly body: readonly Statement[] }[]
}

/** `otherwise` null: the parameter must be given. */
export interface FunctionParameter {
  readonly name: string
  readonly otherwise: Syntax | null
}

/** `def name(parameters): body`, worked out where it is called. */
export interface FunctionStatement extends Placed {
  readonly kind: 'function'
  readonly name: string
  readonly parameters: readonly FunctionParameter[]
  readonly body: readonly Statement[]
}

export interface ReturnStatement extends Placed {
  readonly kind: 'return'
  readonly value: Syntax | null
}
