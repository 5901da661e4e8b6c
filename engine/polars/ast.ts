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

export interface KeywordArgument {
  readonly name: string
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

export interface DictSyntax extends Placed {
  readonly kind: 'dict'
  readonly entries: readonly { readonly key: Syntax; readonly value: Syntax }[]
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

/**
 * One line of a cell: a name given to a value, or a value by itself. A loop is kept only to be refused with what it
 * would have cost; `value` is what it runs over.
 */
export interface Statement {
  readonly kind: 'value' | 'loop'
  readonly target: { readonly name: string; readonly span: SourceSpan | undefined } | null
  readonly value: Syntax
  readonly span: SourceSpan | undefined
}
