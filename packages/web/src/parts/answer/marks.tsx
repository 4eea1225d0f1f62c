/** Text with marks: in a comparison, the words that the other answer has not; at a seam, the tear where it was. */

import { createContext, useContext, type ReactNode } from 'react'

/** Places in the text of the whole answer, in UTF-16 units, in order. */
export interface Marks {
  readonly kind: 'own' | 'other'
  readonly ranges: readonly (readonly [from: number, to: number])[]
}

/** What the blocks of an answer need to find a place in their words: their own source, and where it begins. */
interface Placed {
  readonly source: string
  readonly from: number
  readonly marks: Marks | null
  readonly tears: readonly number[]
}

export const PlacedContext = createContext<Placed | null>(null)

/**
 * Where in the answer these words stand: where they stand in the source of their block. Words that were written in another way
 * than they are shown have no place; for a tear the note below says what happened, and a mark is left out.
 */
function placeOf(text: string, { source, from }: Placed): number | undefined {
  const at = text.length < 2 ? -1 : source.indexOf(text)
  return at === -1 ? undefined : from + at
}

function cuts(text: string, begin: number, { marks, tears }: Placed): ReactNode[] {
  const end = begin + text.length
  const nodes: ReactNode[] = []
  let at = begin
  const plain = (until: number): void => {
    if (until > at) nodes.push(text.slice(at - begin, until - begin))
    at = Math.max(at, until)
  }
  for (const [from, to] of marks?.ranges ?? []) {
    if (to <= begin || from >= end) continue
    plain(Math.max(from, begin))
    const until = Math.min(to, end)
    nodes.push(
      <mark key={`m${at}`} className={`marked-${marks?.kind ?? 'own'}`}>
        {text.slice(at - begin, until - begin)}
      </mark>,
    )
    at = until
  }
  for (const tear of tears) {
    if (tear < at || tear > end) continue
    plain(tear)
    nodes.push(<i key={`t${tear}`} className="tear" />)
  }
  plain(end)
  return nodes
}

export function Marked({ text }: { readonly text: string }) {
  const placed = useContext(PlacedContext)
  if (placed === null) return text
  const begin = placeOf(text, placed)
  return begin === undefined ? text : cuts(text, begin, placed)
}
