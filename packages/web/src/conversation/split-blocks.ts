/** Text that grows, to blocks: those that are over are kept as they are, and only the open end is read again. */

import type { Block, Body } from './block.ts'
import { cutBlocks } from './cut-blocks.ts'
import { readBlock } from './read-block.ts'

export interface Blocks {
  readonly text: string
  readonly blocks: readonly Block[]
  /** How many of them are over: whatever follows, they stay. */
  readonly final: number
}

export const NO_BLOCKS: Blocks = { text: '', blocks: [], final: 0 }

/** The same blocks as without `before`, which only saves what is known: it is of an earlier beginning of the same text. */
export function splitBlocks(text: string, before: Blocks = NO_BLOCKS): Blocks {
  if (text === before.text) return before
  const known = text.startsWith(before.text) ? before : NO_BLOCKS
  const blocks = known.blocks.slice(0, known.final)
  let { final } = known
  let isFinal = true
  const last = blocks.at(-1)
  const from = last === undefined ? 0 : last.from + last.source.length
  for (const cut of cutBlocks(text, from, goesOn(known))) {
    const key = blocks.length
    const source = text.slice(cut.from, cut.to)
    const was = known.blocks[key]
    const same = was !== undefined && was.from === cut.from && was.source === source
    const block = same ? was : { key, from: cut.from, source, bodies: [] as readonly Body[] }
    blocks.push(same ? was : { ...block, bodies: numbered(readBlock(source, cut, was), blocks.at(-1)) })
    isFinal &&= cut.final
    if (isFinal) final = blocks.length
  }
  return { text, blocks, final }
}

/** Whether the open end is the rest of a list whose beginning is over. */
function goesOn({ blocks, final }: Blocks): boolean {
  const [body] = blocks[final]?.bodies ?? []
  return body?.kind === 'list' && body.continues
}

/** Who numbers every item with 1 means to count: the rest of a list counts on. */
function numbered(bodies: readonly Body[], before: Block | undefined): readonly Body[] {
  const [body, ...rest] = bodies
  const above = before?.bodies[0]
  if (body?.kind !== 'list' || !body.continues || body.start === undefined) return bodies
  if (above?.kind !== 'list' || above.start === undefined) return bodies
  return [{ ...body, start: above.start + above.items.length }, ...rest]
}
