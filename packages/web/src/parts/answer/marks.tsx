/** Text with marks: in a comparison, the words that the other answer has not; at a seam, the tear; at the end of what grows, the caret. */

import { createContext, useContext } from 'react'

export interface Marks {
  /** Words, in order of the text, that are marked; each once. */
  readonly kind: 'own' | 'other'
  readonly words: ReadonlySet<string>
}

export const MarksContext = createContext<Marks | null>(null)

/** Words and what stands between them; of Chinese, Japanese and Korean each sign is a word. */
export const WORDS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]|[\p{L}\p{N}_'’]+|[^\p{L}\p{N}\s]|\s+/gu

export function Marked({ text }: { readonly text: string }) {
  const marks = useContext(MarksContext)
  if (marks === null || marks.words.size === 0) return text
  const pieces: { text: string; marked: boolean }[] = []
  for (const [word] of text.matchAll(WORDS)) {
    const marked = marks.words.has(word)
    const last = pieces.at(-1)
    const joins = last !== undefined && (last.marked === marked || (last.marked && /^\s+$/.test(word)))
    if (joins) last.text += word
    else pieces.push({ text: word, marked })
  }
  return pieces.map((piece, at) =>
    piece.marked ? (
      // oxlint-disable-next-line react/no-array-index-key -- pieces of a text that is whole
      <mark key={at} className={`marked-${marks.kind}`}>
        {piece.text}
      </mark>
    ) : (
      piece.text
    ),
  )
}
