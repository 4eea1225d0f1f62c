/**
 * Conversations as a file: JSON that can be imported again, or Markdown to read. No key, no session and no cookie was ever in them.
 *
 * The format, version 1: `{ format, version, at, conversations, media }`. `conversations` are {@link Kept} documents, `media` are
 * `{ digest, mime, data }` with the SHA-256 in hex and the bytes in base64. What a reader does not know it leaves out.
 */

import { path } from '../conversation/index.ts'
import { digestsIn, type Kept } from './document.ts'

export const FORMAT = 'moonbase-conversations'
export const VERSION = 1

/** @param mediaOf a file by its digest; one that is not there any more is left out */
export async function exportJson(
  conversations: readonly Kept[],
  mediaOf: (digest: string) => Promise<Blob | undefined>,
  at: string,
): Promise<string> {
  const digests = new Set(conversations.flatMap(({ conversation }) => [...digestsIn(conversation)]))
  const media: { digest: string; mime: string; data: string }[] = []
  for (const digest of digests) {
    const file = await mediaOf(digest)
    if (file !== undefined) media.push({ digest, mime: file.type, data: await base64Of(file) })
  }
  return JSON.stringify({ format: FORMAT, version: VERSION, at, conversations, media })
}

async function base64Of(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let binary = ''
  // A call takes only so many arguments.
  for (let from = 0; from < bytes.length; from += 0x8000)
    binary += String.fromCharCode(...bytes.subarray(from, from + 0x8000))
  return btoa(binary)
}

const HEADINGS = { system: 'System', user: 'User', assistant: 'Assistant', tool: 'Tool' } as const

/** The branch that is shown, thinking folded away in it. */
export function exportMarkdown({ title, conversation }: Kept): string {
  const sections = path(conversation).map(({ role, parts, runs, on }) => {
    const said = runs.map((id) => conversation.runs[id]).filter((run) => run !== undefined)
    const thinking = said.map(({ reasoning }) => reasoning).join('')
    const written = parts.map((part) =>
      part.kind === 'text' ? part.text : part.kind === 'media' ? `[${part.name}]` : `[${part.address}]`,
    )
    const calls = said.flatMap((run) => run.calls.map((call) => fenced(`${call.name}(${call.arguments})`)))
    return [
      `## ${HEADINGS[role]}${on ? '' : ' (off)'}`,
      ...(thinking === '' ? [] : [thinking.replace(/^/gm, '> ')]),
      ...written,
      ...said.map((run) => run.text),
      ...calls,
    ]
      .filter((section) => section !== '')
      .join('\n\n')
  })
  return `# ${title}\n\n${sections.join('\n\n')}\n`
}

/** In more backticks than stand in it. */
function fenced(code: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([marks]) => marks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${code}\n${fence}`
}
