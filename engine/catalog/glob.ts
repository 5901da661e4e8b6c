import { LakebookError } from '../errors.ts'

/** Whether a file name has wildcards. */
export function isGlob(pattern: string): boolean {
  return /[*?[]/.test(pattern)
}

/** `*` any characters but `/`, `**` any, `?` one, `[abc]` and `[a-z]` one of them. Case is ignored. Errors: `invalid_argument`. */
export function globPattern(glob: string): RegExp {
  let source = ''
  for (let at = 0; at < glob.length; at++) {
    const character = glob.charAt(at)
    if (character === '*') {
      const any = glob.charAt(at + 1) === '*'
      if (any) at++
      source += any ? '.*' : '[^/]*'
    } else if (character === '?') {
      source += '[^/]'
    } else if (character === '[' && glob.includes(']', at + 2)) {
      const end = glob.indexOf(']', at + 2)
      const body = glob
        .slice(at + 1, end)
        .replaceAll('\\', '\\\\')
        .replaceAll('[', '\\[')
      source += body.startsWith('!') ? `[^${body.slice(1)}]` : `[${body.replace(/^\^/, '\\^')}]`
      at = end
    } else {
      source += escaped(character)
    }
  }
  try {
    return new RegExp(`^${source}$`, 'i')
  } catch (cause) {
    throw new LakebookError('invalid_argument', `'${glob}' is not a pattern of file names`, { cause })
  }
}

/** A name as it is, case ignored. */
export function literalPattern(name: string): RegExp {
  return new RegExp(`^${escaped(name)}$`, 'i')
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
