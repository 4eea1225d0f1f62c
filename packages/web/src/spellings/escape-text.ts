/** What is escaped in every language, because a reader of the program could not see it, or it would change what he sees. */

import { isLoneSurrogate } from './lone-surrogate.ts'

/**
 * Control characters, those that change the direction of the text around them (U+202A and its like make a program show
 * something else than it does), line separators, marks without width, and halves of surrogate pairs. The joiners U+200C and
 * U+200D stay: emoji and several scripts are made with them.
 */
const UNSEEN =
  // oxlint-disable-next-line no-control-regex -- these are the ones that are looked for
  /[\u0000-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uFFF9-\uFFFB\uD800-\uDFFF]/g

/** The short escapes that JSON, Python, TypeScript and JavaScript have in common. */
const SHORT: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
}

/** A literal between quotes of this kind. JSON, Python, TypeScript and JavaScript read it alike; JSON takes `"` alone. */
export function quoted(text: string, quote: '"' | "'"): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replaceAll(UNSEEN, (character, at: number, whole: string) => {
      if (character >= '\uD800' && character <= '\uDFFF' && !isLoneSurrogate(whole, at)) return character
      return SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
    })
  return quote + escaped + quote
}
