/** Text with marks: in a comparison, the words that the other answer has not; at a seam, the tear where it was. */

import { createContext, useContext, type ReactNode } from 'react'

export interface Marks {
  readonly kind: 'own' | 'other'
  /** Words that only this answer has. */
  readonly words: ReadonlySet<string>
}

export const MarksContext = createContext<Marks | null>(null)

export interface Tears {
  readonly source: string
  /** Places in the source, in UTF-16 units. */
  readonly places: readonly number[]
}

export const TearsContext = createContext<Tears | null>(null)

/** Words and what stands between them; of Chinese, Japanese and Korean each sign is a word. */
export const WORDS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]|[\p{L}\p{N}_'’]+|[^\p{L}\p{N}\s]|\s+/gu

function marked(text: string, marks: Marks): ReactNode[] {
  const pieces: { text: string; marked: boolean }[] = []
  for (const [word] of text.matchAll(WORDS)) {
    const own = marks.words.has(word)
    const last = pieces.at(-1)
    const joins = last !== undefined && (last.marked === own || (last.marked && /^\s+$/.test(word)))
    if (joins) last.text += word
    else pieces.push({ text: word, marked: own })
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

/**
 * Where in this run of words the tear is: where the words stand in the source of their block. Words that stand in it twice
 * are taken where the tear is; words that were written in another way than they are shown have none, and the note says it.
 */
function torn(text: string, { source, places }: Tears): number | undefined {
  if (text.length < 2) return undefined
  for (const place of places)
    for (let at = source.indexOf(text); at !== -1 && at < place; at = source.indexOf(text, at + 1))
      if (place <= at + text.length) return place - at
  return undefined
}

export function Marked({ text }: { readonly text: string }) {
  const marks = useContext(MarksContext)
  const tears = useContext(TearsContext)
  if (marks !== null && marks.words.size > 0) return marked(text, marks)
  const tear = tears === null ? undefined : torn(text, tears)
  if (tear === undefined) return text
  return (
    <>
      {text.slice(0, tear)}
      <i className="tear" />
      {text.slice(tear)}
    </>
  )
}
