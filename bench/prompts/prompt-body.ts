/** Bodies of an exact size from prompts: made before they are sent, since making one costs more than sending hundreds. */

import { seededRandom } from '../../test/support/every-split.ts'
import { type Scene, chatRequest } from '../script.ts'
import { agentTools } from './agent-tools.ts'
import { agentMessages, chatMessages } from './conversation.ts'
import { freshPlaces } from './fresh-words.ts'
import { Material } from './material.ts'
import type { Prompt } from './prompt.ts'

const SEED = 20_261_201
/** What fits is searched by doing it: each try is a few percent off at most, so a handful is enough. */
const MAX_TRIES = 40
/** A body that is this close below its size gets the rest in its first message. */
const CLOSE_ENOUGH = 0.97
/** A text of many megabytes says the same megabyte again and again. */
const REPEATED_BYTES = 1_000_000

/** `conversation` numbers those who talk at the same time: each has a history of its own, all have the same tools. */
export function promptBody(prompt: Prompt, scene: Scene, conversation: number): Buffer {
  switch (prompt.kind) {
    case 'agent':
      return fitted(prompt.bytes, (unit) => {
        const tools = agentTools(prompt.tools, new Material(seededRandom(SEED)))
        const material = new Material(seededRandom(SEED + 1 + conversation))
        return chatRequest(scene, agentMessages(prompt, unit, material, scene), { tools })
      })
    case 'chat':
      return fitted(prompt.bytes, (unit) => {
        const material = new Material(seededRandom(SEED + 1 + conversation))
        return chatRequest(scene, chatMessages(prompt, unit, material, scene))
      })
    case 'text':
      return longText(prompt.bytes, scene)
  }
}

/** Texts come in whole lines and sentences: the unit is searched that comes close below, and words fill up the rest. */
function fitted(bytes: number, make: (unit: number) => ChatRequest): Buffer {
  let unit = bytes / 1000
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const request = make(unit)
    const size = sizeOf(request)
    if (size <= bytes && (size >= bytes * CLOSE_ENOUGH || tries > MAX_TRIES / 2)) return filledUp(request, bytes - size)
    // Half of what is missing at a time: a search that oversteps would swing to and fro.
    unit *= size > bytes ? Math.min(0.995, bytes / size) : 1 + (bytes / size - 1) / 2
  }
  throw new Error(`no conversation of ${bytes} bytes could be made`)
}

type ChatRequest = ReturnType<typeof chatRequest>

function sizeOf(request: ChatRequest): number {
  return Buffer.byteLength(JSON.stringify(request))
}

function filledUp(request: ChatRequest, missing: number): Buffer {
  const [first, ...rest] = request.messages
  if (first === undefined) throw new Error('a conversation has at least one message')
  const content = `${String(Reflect.get(first, 'content'))}${FILLER.repeat(missing / FILLER.length + 1).slice(0, missing)}`
  return Buffer.from(JSON.stringify({ ...request, messages: [{ ...first, content }, ...rest] }))
}

const FILLER = ' Be brief, and say what you are about to do.'

function longText(bytes: number, scene: Scene): Buffer {
  const material = new Material(seededRandom(SEED))
  const piece = Buffer.from(JSON.stringify(material.prose(Math.min(REPEATED_BYTES, bytes / 2))).slice(1, -1))
  const empty = JSON.stringify(
    chatRequest(scene, [{ role: 'user', content: `${freshPlaces(8)} HERE ${freshPlaces(8)}` }]),
  )
  const at = empty.indexOf('HERE')
  const [head, tail] = [Buffer.from(empty.slice(0, at)), Buffer.from(empty.slice(at + 'HERE'.length))]
  const text = Buffer.alloc(bytes - head.length - tail.length, ' ')
  for (let offset = 0; offset + piece.length <= text.length; offset += piece.length) piece.copy(text, offset)
  return Buffer.concat([head, text, tail])
}
