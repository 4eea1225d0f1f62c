/** Colours in code: ranges from a worker, painted by the CSS Custom Highlight API, so that no token is an element. */

import { useEffect, type RefObject } from 'react'
import { colourRanges, type ColourKind } from './colours.ts'

/** While it grows, at most once a second. */
const EVERY_MS = 1000
/** Beyond this, code stays uncoloured. */
const LONGEST = 200_000

const KINDS: readonly ColourKind[] = ['keyword', 'string', 'comment', 'name', 'number']

function highlightOf(kind: ColourKind): Highlight | null {
  if (!('highlights' in CSS)) return null
  const name = `code-${kind}`
  const before = CSS.highlights.get(name)
  if (before !== undefined) return before
  const made = new Highlight()
  CSS.highlights.set(name, made)
  return made
}

/** Where each text node of the element begins. */
function textNodes(element: HTMLElement): { node: Text; begin: number }[] {
  const found: { node: Text; begin: number }[] = []
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  let begin = 0
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    if (!(node instanceof Text)) continue
    found.push({ node, begin })
    begin += node.length
  }
  return found
}

function paint(
  element: HTMLElement,
  spans: readonly (readonly [begin: number, end: number, kind: ColourKind])[],
): Range[] {
  const nodes = textNodes(element)
  const ranges: Range[] = []
  let at = 0
  for (const [begin, end, kind] of spans) {
    const next = (): boolean => {
      const following = nodes[at + 1]
      return following !== undefined && following.begin <= begin
    }
    while (next()) at += 1
    const found = nodes[at]
    if (found === undefined || begin - found.begin > found.node.length) continue
    const range = new Range()
    range.setStart(found.node, begin - found.begin)
    range.setEnd(found.node, Math.min(end - found.begin, found.node.length))
    highlightOf(kind)?.add(range)
    ranges.push(range)
  }
  return ranges
}

function unpaint(ranges: readonly Range[]): void {
  for (const kind of KINDS) {
    const highlight = 'highlights' in CSS ? CSS.highlights.get(`code-${kind}`) : undefined
    if (highlight !== undefined) for (const range of ranges) highlight.delete(range)
  }
}

export function useColours(
  element: RefObject<HTMLElement | null>,
  pieces: readonly string[],
  language: string,
  open: boolean,
): void {
  useEffect(() => {
    if (language === '' || !('highlights' in CSS)) return undefined
    const text = pieces.join('')
    if (text.length > LONGEST) return undefined
    let ranges: Range[] = []
    let over = false
    const colour = async (): Promise<void> => {
      const spans = await colourRanges(language, text)
      if (!over && element.current !== null) ranges = paint(element.current, spans)
    }
    const timer = setTimeout(
      () => {
        colour().catch(() => {
          // Without its worker code stays as legible as it was.
        })
      },
      open ? EVERY_MS : 0,
    )
    return () => {
      over = true
      clearTimeout(timer)
      unpaint(ranges)
    }
  }, [element, pieces, language, open])
}
