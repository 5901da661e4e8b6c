const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\s',
  upper: 'A-Z',
  word: 'A-Za-z0-9_',
  xdigit: '0-9A-Fa-f',
}

/**
 * A pattern in RE2's syntax as a JavaScript one; null when it is not valid. Letters of `options`: i ignores case,
 * s lets . match line ends, m makes ^ and $ match at lines, g stands for every match, l takes the pattern literally.
 */
export function compileRegexp(pattern: string, options: string): RegExp | null {
  let flags = options.includes('g') ? 'g' : ''
  let letters = options
  let source = pattern
  const inline = /^\(\?([imsU]+)\)/.exec(source)
  if (inline !== null) {
    letters += inline[1]!
    source = source.slice(inline[0].length)
  }
  if (options.includes('l')) source = source.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  for (const flag of 'ims') if (letters.includes(flag)) flags += flag
  source = source
    .replace(/\(\?P</g, '(?<')
    .replace(/\[:(\w+):\]/g, (whole, name: string) => POSIX_CLASSES[name] ?? whole)
    .replace(/\\A/g, '^')
    .replace(/\\z/g, '$')
  // the stricter Unicode syntax refuses needless escapes, which RE2 takes
  return construct(source, `${flags}u`) ?? construct(source, flags)
}

function construct(source: string, flags: string): RegExp | null {
  try {
    return new RegExp(source, flags)
  } catch {
    return null
  }
}

/** `\1` stands for the first group, `\0` for the whole match. `match` is what `String.replace` passes on. */
export function expandReplacement(template: string, match: readonly unknown[]): string {
  return template.replace(/\\(\d|\\)/g, (_, mark: string) => {
    if (mark === '\\') return '\\'
    const group = match[Number(mark)]
    return typeof group === 'string' ? group : ''
  })
}
