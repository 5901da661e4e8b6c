import type { DataType } from '../../arrow/types.ts'
import type { Macro, MacroForm } from '../macro.ts'
import type { ScalarCategory } from '../scalar-function.ts'

/** `x, y → body`: a form for any arguments. */
export function form(text: string, when?: (types: readonly DataType[]) => boolean): MacroForm {
  const [parameters = '', body = ''] = text.split('→').map((part) => part.trim())
  const names = parameters === '' ? [] : parameters.split(',').map((name) => name.trim())
  return { parameters: names, body, ...(when && { when }) }
}

export function isText([type]: readonly DataType[]): boolean {
  return type?.kind === 'utf8'
}

/** Makes macros of one category from `[name, forms, summary, example, aliases]`. */
export function category(name: ScalarCategory): (...parts: MacroParts) => Macro {
  return (fn, forms, summary, example, aliases = []) => ({
    name: fn,
    aliases,
    category: name,
    summary,
    example,
    forms: (Array.isArray(forms) ? (forms as readonly (string | MacroForm)[]) : [forms as string]).map(
      (each) => (typeof each === 'string' ? form(each) : each),
    ),
  })
}

type MacroParts = readonly [
  name: string,
  forms: string | readonly (string | MacroForm)[],
  summary: string,
  example: string,
  aliases?: readonly string[],
]
