/** A coding agent in a page: reads, edits and runs as it is told, asks again what fails, and compacts what is too long. */

import { execSync, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'

const { SMALL_URL = '', SMALL_KEY = '', SMALL_VICE = '' } = process.env
const MOST_TURNS = 20
const TOOLS = {
  read: ({ path = '' }) => readFileSync(path, 'utf8'),
  edit: ({ path = '', old = '', to = '' }) => {
    writeFileSync(path, readFileSync(path, 'utf8').replace(old, to))
    return 'edited'
  },
  run: ({ command = '' }) => execSync(command, { encoding: 'utf8' }),
} satisfies Record<string, (given: Record<string, string>) => string>

interface Message {
  readonly role: string
  readonly content?: string | null
  readonly reasoning_content?: string
  readonly tool_call_id?: string
  readonly tool_calls?: readonly { readonly id: string; readonly function: { name: string; arguments: string } }[]
}

interface Reply {
  readonly choices?: readonly { readonly message: Message }[]
  readonly error?: { readonly message: string }
}

async function ask(
  messages: readonly Message[],
  tools = Object.keys(TOOLS),
): Promise<{ status: number; reply: Reply }> {
  const offered = tools.map((name) => ({ type: 'function', function: { name, parameters: { type: 'object' } } }))
  const response = await fetch(`${SMALL_URL}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SMALL_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'kimi-k2.5', messages, ...(tools.length === 0 ? {} : { tools: offered }) }),
  })
  return { status: response.status, reply: (await response.json()) as Reply }
}

async function work(prompt: string): Promise<number> {
  let messages: Message[] = [{ role: 'user', content: prompt }]
  for (let turn = 0; turn < MOST_TURNS; turn += 1) {
    const { status, reply } = await ask(messages)
    if (status === 429 || status >= 500) continue
    if (reply.error?.message.includes('exceeded model token limit') === true) {
      const summed = await ask([{ role: 'user', content: 'Sum up what was done.' }], [])
      messages = [{ role: 'user', content: `${prompt}\n${summed.reply.choices?.[0]?.message.content ?? ''}` }]
      continue
    }
    const said = reply.choices?.[0]?.message
    if (said === undefined) return 1
    if (said.tool_calls === undefined) return 0
    messages.push(SMALL_VICE === 'forgets' ? { ...said, reasoning_content: '' } : said)
    for (const { id, function: made } of said.tool_calls) {
      const tool = TOOLS[made.name as keyof typeof TOOLS]
      messages.push({ role: 'tool', tool_call_id: id, content: tool(JSON.parse(made.arguments)) })
    }
  }
  return 1
}

const VICES: Readonly<Record<string, () => void>> = {
  lazy: () => process.exit(0),
  idle: () => setInterval(() => undefined, 1_000_000),
  // In a group of its own, and with our output in its hands.
  leaves: () =>
    spawn(process.execPath, ['-e', 'setInterval(() => 0, 1e6)'], { detached: true, stdio: 'inherit' }).unref(),
  nosy: () => {
    const { port } = new URL(process.env['HTTPS_PROXY'] ?? '')
    const socket = connect(Number(port), '127.0.0.1', () =>
      socket.write('CONNECT elsewhere.example:443 HTTP/1.1\r\n\r\n'),
    )
    socket.resume()
  },
}
VICES[SMALL_VICE]?.()
if (SMALL_VICE !== 'idle') process.exitCode = await work(process.argv[2] ?? '')
