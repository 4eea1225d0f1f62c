/**
 * The process of a client that does not stay: the official `openai` client, which aborts, times out, asks again, and reads
 * an answer to its end only now and then. It ends when its streams are over, and its connections with it.
 *
 * Arguments: address, key, the number of its first stream, how many, how many at a time. What it asks for is in `leaves.ts`.
 */

import assert from 'node:assert/strict'
import OpenAI, { APIConnectionTimeoutError, APIUserAbortError } from 'openai'
import { promptOf, waysOfLeaving } from './leaves.ts'

const [url = '', key = '', first = '0', streams = '0', concurrency = '1'] = process.argv.slice(2)

/** Shorter than any answer of a silent upstream; nothing depends on how much shorter. */
const TIMEOUT_MS = 50

const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })
let next = Number(first)
const last = next + Number(streams)
await Promise.all(Array.from({ length: Number(concurrency) }, leaveOneByOne))
process.exit()

async function leaveOneByOne(): Promise<void> {
  while (next < last) {
    const number = next
    next += 1
    await leave(number)
  }
}

async function leave(number: number): Promise<void> {
  const way = waysOfLeaving(number)
  const body = { model: 'kimi-k2.5', messages: [{ role: 'user' as const, content: promptOf(way, number) }] }
  const abort = new AbortController()
  const { signal } = abort
  switch (way) {
    case 'aborts in the middle': {
      const stream = await client.chat.completions.create({ ...body, stream: true }, { signal })
      let chunks = 0
      for await (const _ of stream) {
        chunks += 1
        if (chunks === 1 + (number % 4)) abort.abort()
      }
      return
    }
    case 'stops reading': {
      const stream = await client.chat.completions.create({ ...body, stream: true })
      for await (const _ of stream) break
      return
    }
    case 'aborts before anything comes':
    case 'aborts a whole reply': {
      const stream = way === 'aborts before anything comes'
      const reply = client.chat.completions.create({ ...body, stream }, { signal }) as Promise<unknown>
      const left = assert.rejects(reply, APIUserAbortError)
      // Before it is connected, before it is sent, before it is answered: wherever these turns end.
      for (let turn = number % 40; turn > 0; turn -= 1) await new Promise((resolve) => setImmediate(resolve))
      abort.abort()
      return left
    }
    case 'times out and asks again': {
      const reply = client.chat.completions.create({ ...body, stream: true }, { timeout: TIMEOUT_MS, maxRetries: 1 })
      return assert.rejects(reply, APIConnectionTimeoutError)
    }
    case 'reads to the end': {
      const stream = await client.chat.completions.create({ ...body, stream: true })
      let finish: string | null = null
      for await (const chunk of stream) finish = chunk.choices[0]?.finish_reason ?? finish
      assert.equal(finish, 'stop')
    }
  }
}
