/** A host of the model that knows which question it was asked, and what became of it: answered, or the asker went. */

import { type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { once } from '../support/eventually.ts'

export interface Question {
  /** As the client counted it. */
  readonly number: number
  /** It is thought over for as long as anybody waits. */
  readonly thinks: boolean
  state: 'open' | 'answered' | 'aborted'
}

export interface ThinkingEngine extends AsyncDisposable {
  /** Base address, with `/v1`. */
  readonly url: string
  readonly questions: readonly Question[]
  /** Resolves when the next question comes. */
  next(): Promise<void>
}

const WORDS = 6
const LONGEST_MS = 15

export const askFor = (number: number, thinks: boolean): string => `question ${number} ${thinks ? 'thinks' : 'quick'}`

export async function openThinkingEngine(random: () => number): Promise<ThinkingEngine> {
  const questions: Question[] = []
  let heard = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    if (request.method !== 'POST') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[]}')
      return
    }
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => void parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts).toString()
      const [, number, how] = /question (\d+) (\w+)/.exec(body) ?? []
      const question: Question = { number: Number(number), thinks: how === 'thinks', state: 'open' }
      questions.push(question)
      response.on('close', () => {
        if (question.state === 'open') question.state = 'aborted'
      })
      heard.resolve()
      heard = Promise.withResolvers()
      if (!question.thinks) void answer(response, question, random)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    questions,
    next: () => heard.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function answer(response: ServerResponse, question: Question, random: () => number): Promise<void> {
  // Some answers are there before any disk.
  if (random() < 0.7) await wait(random() * LONGEST_MS)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (let word = 0; word < WORDS; word += 1) {
    response.write(chunk({ delta: { role: 'assistant', content: 'word ' }, finish_reason: null }))
    await wait(random() * 2)
  }
  response.write(
    chunk(
      { delta: {}, finish_reason: 'stop' },
      { prompt_tokens: 10, completion_tokens: WORDS, total_tokens: 10 + WORDS },
    ),
  )
  if (question.state === 'open') question.state = 'answered'
  response.end('data: [DONE]\n\n')
}

function chunk(choice: object, usage?: object): string {
  const choices = [{ index: 0, ...choice }]
  const of = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'kimi-k2.5', choices }
  return `data: ${JSON.stringify(usage === undefined ? of : { ...of, usage })}\n\n`
}
