/** How much of a text is the beginning of JSON, for arguments that are still coming. One pass, whatever the text is. */

type State = 'value' | 'first' | 'key' | 'colon' | 'next' | 'end'

const LITERAL = /(?:true|false|null)/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const OPEN_NUMBER = /-?(?:(?:0|[1-9]\d*)(?:\.\d*)?(?:[eE][+-]?\d*)?)?$/y
// oxlint-disable-next-line no-control-regex -- JSON forbids them in texts
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
// oxlint-disable-next-line no-control-regex -- JSON forbids them in texts
const OPEN_TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*(?:\\(?:u[0-9a-fA-F]{0,3})?)?/y
const SPACE = /[ \t\n\r]*/y

/** Deeper than any call; behind it nothing is called valid. */
const MOST_DEPTH = 256

/** UTF-16 units of it, and whether it is one whole value. */
export function jsonPrefix(text: string): { readonly length: number; readonly whole: boolean } {
  const open: ('{' | '[')[] = []
  let state: State = 'value'
  let at = past(SPACE, text, 0)
  while (at < text.length) {
    const step = next(text, at, state, open)
    if (step.at === at) break
    at = step.at
    state = step.state
    if (step.broken === true) return { length: at, whole: false }
    at = past(SPACE, text, at)
  }
  return { length: at, whole: at === text.length && state === 'end' && open.length === 0 }
}

interface Step {
  readonly at: number
  readonly state: State
  /** The text ends in the middle of it, or something that cannot be follows. */
  readonly broken?: boolean
}

function next(text: string, at: number, state: State, open: ('{' | '[')[]): Step {
  const character = text.charAt(at)
  const inside = open.at(-1)
  switch (state) {
    case 'first':
      if (character === (inside === '{' ? '}' : ']')) return closed(at, open)
      return inside === '{' ? next(text, at, 'key', open) : next(text, at, 'value', open)
    case 'key':
      return character === '"' ? written(text, at, 'colon') : { at, state }
    case 'colon':
      return character === ':' ? { at: at + 1, state: 'value' } : { at, state }
    case 'next':
      if (character === ',') return { at: at + 1, state: inside === '{' ? 'key' : 'value' }
      return character === (inside === '{' ? '}' : ']') ? closed(at, open) : { at, state }
    case 'end':
      return { at, state }
    case 'value':
      return valued(text, at, open)
  }
}

const after = (open: readonly unknown[]): State => (open.length === 0 ? 'end' : 'next')

function closed(at: number, open: ('{' | '[')[]): Step {
  open.pop()
  return { at: at + 1, state: after(open) }
}

function valued(text: string, at: number, open: ('{' | '[')[]): Step {
  const character = text.charAt(at)
  if (character === '{' || character === '[') {
    if (open.length >= MOST_DEPTH) return { at, state: 'value' }
    open.push(character)
    return { at: at + 1, state: 'first' }
  }
  if (character === '"') return written(text, at, after(open))
  const literal = past(LITERAL, text, at)
  if (literal > at) return { at: literal, state: after(open) }
  const number = past(NUMBER, text, at)
  const unended = past(OPEN_NUMBER, text, at)
  if (unended > number) return { at: unended, state: 'value', broken: true }
  if (number > at) return { at: number, state: after(open) }
  const rest = text.slice(at)
  const begun = ['true', 'false', 'null'].some((word) => rest !== '' && word.startsWith(rest))
  return begun ? { at: text.length, state: 'value', broken: true } : { at, state: 'value' }
}

function written(text: string, at: number, state: State): Step {
  const end = past(TEXT, text, at)
  if (end > at) return { at: end, state }
  const reached = past(OPEN_TEXT, text, at)
  return { at: reached, state: 'value', broken: true }
}

/** Where a match that begins at this place ends; the place itself, where there is none. */
function past(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}
