/** A host that thinks before each of its calls, and sees whether every thought comes back to the conversation that it was of. */

import { type HostileReply, openHostileUpstream } from './hostile-upstream.ts'

export interface ThinkingUpstream extends AsyncDisposable {
  /** `http://127.0.0.1:port` */
  readonly url: string
  /** Thoughts of the current turn that came back as they were, and what came back instead of others. */
  readonly returned: { right: number; readonly wrong: string[] }
}

/** The arguments of every call, as the model writes them. */
export const CALLED = '{"path":"notes.txt","lines":[3,4]}'

interface SentMessage {
  readonly role: string
  readonly content?: unknown
  readonly reasoning_content?: string
}

/**
 * Calls `Read` with the same arguments so many times, and then says so. What it thinks is made of the user's words and of how
 * many results there are; of a user who says `again` it is another thing each time.
 */
export async function openThinkingUpstream(calls: number): Promise<ThinkingUpstream> {
  const returned = { right: 0, wrong: [] as string[] }
  const upstream = await openHostileUpstream(({ body }, count) => {
    const { messages, stream } = JSON.parse(body) as { messages: SentMessage[]; stream?: boolean }
    const turn = messages.findLastIndex(({ role }) => role === 'user')
    const asked = JSON.stringify(messages[turn]?.content)
    const answers = messages.slice(turn + 1).filter(({ role }) => role === 'assistant')
    for (const [step, { reasoning_content: thought = 'nothing' }] of answers.entries()) {
      if (thought.startsWith(thoughtOf(asked, step))) returned.right += 1
      else returned.wrong.push(`${asked} at ${step}: ${thought}`)
    }
    const thought = `${thoughtOf(asked, answers.length)}${asked.includes('again') ? ` for the ${count}th time` : ''}`
    return reply(thought, answers.length < calls, stream === true)
  })
  return { url: upstream.url, returned, [Symbol.asyncDispose]: () => upstream.close() }
}

const thoughtOf = (asked: string, step: number): string => `I think of ${asked} at step ${step}.`

function reply(thought: string, calls: boolean, streamed: boolean): HostileReply {
  const call = { index: 0, id: 'Read:0', type: 'function', function: { name: 'Read', arguments: CALLED } }
  const message = {
    role: 'assistant',
    reasoning_content: thought,
    ...(calls ? { tool_calls: [call] } : { content: 'Done.' }),
  }
  const finish_reason = calls ? 'tool_calls' : 'stop'
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
  if (!streamed) {
    const headers = { 'content-type': 'application/json' }
    return { headers, body: JSON.stringify({ choices: [{ index: 0, message, finish_reason }], usage }) }
  }
  const chunks = [
    { choices: [{ index: 0, delta: message }] },
    { choices: [{ index: 0, delta: {}, finish_reason }], usage },
  ]
  return { body: [...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), 'data: [DONE]\n\n'] }
}
