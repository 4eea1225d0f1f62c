/** Many literals as one expression in which what they begin with stands once: a step then has few ways, not a thousand. */

import { type RuleBook, literal } from './gbnf.ts'

export function oneOfTexts(book: RuleBook, texts: readonly string[]): string {
  return ways(
    book,
    Array.from(new Set(texts), (text) => Array.from(text)),
    0,
  ).join(' | ')
}

/** `from`: what stands before is the same in all. */
function ways(book: RuleBook, texts: readonly (readonly string[])[], from: number): string[] {
  const groups = new Map<string | undefined, (readonly string[])[]>()
  for (const text of texts) {
    const group = groups.get(text[from])
    if (group === undefined) groups.set(text[from], [text])
    else group.push(text)
  }
  return Array.from(groups.values(), (group) => {
    const [first = []] = group
    const end = group.length === 1 ? first.length : sharedLength(group, from)
    const start = literal(first.slice(from, end).join(''))
    return group.length === 1 ? start : `${start} ${book.own('t', () => ways(book, group, end).join(' | '))}`
  })
}

function sharedLength(texts: readonly (readonly string[])[], from: number): number {
  const [first = []] = texts
  let end = from
  while (end < first.length && texts.every((text) => text[end] === first[end])) end += 1
  return end
}
