import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { DraftMessage, DraftPart } from '@moonbase/core/generation'
import type { ResolveContext } from '@moonbase/core/inference'
import { ApiError, type LeniencyNote, type LenientSwitch, findModel } from '@moonbase/protocol'
import { OutgoingError, type OutgoingReply, type OutgoingRequest } from '../../outgoing/index.ts'
import { fetchImages } from './fetch-images.ts'

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const image = (url: string): DraftPart => ({ type: 'reference', medium: 'image', url })
const user = (...content: readonly DraftPart[]): DraftMessage => ({ role: 'user', content })

async function resolve(
  messages: readonly DraftMessage[],
  answer: (request: OutgoingRequest) => Buffer = () => Buffer.from(PNG, 'base64'),
  lenient: readonly LenientSwitch[] = ['fetch-image-urls'],
) {
  const asked: [owner: string, url: string, mostBytes: number][] = []
  const notes: LeniencyNote[] = []
  const context: ResolveContext = {
    terms: { lenient: new Set(lenient), scope: 'org-a' },
    model: findModel('kimi-k2.5') ?? assert.fail('no model'),
    signal: new AbortController().signal,
    thinking: false,
    say: (note) => void notes.push(note),
  }
  const get = async (owner: string, request: OutgoingRequest): Promise<OutgoingReply> => {
    asked.push([owner, request.url, request.mostBytes])
    return { type: 'image/png', bytes: answer(request) }
  }
  const resolved = await fetchImages({ get }).resolve(messages, context)
  return { resolved, asked, notes }
}

it('puts images in the place of their URLs, and leaves all else the object that it was', async () => {
  const text = user({ type: 'text', text: 'a' })
  const file = user(
    { type: 'reference', medium: 'image', url: 'ms://f' },
    { type: 'reference', medium: 'video', url: 'https://v' },
  )
  const messages = [text, user(image('https://a'), { type: 'text', text: 'b' }), file]
  const { resolved, asked, notes } = await resolve(messages)
  assert.equal(resolved[0], text)
  assert.equal(resolved[2], file)
  const measured = { type: 'image', mime: 'image/png', base64: PNG, measured: { width: 1, height: 1 } }
  assert.deepEqual(resolved[1], user(measured as DraftPart, { type: 'text', text: 'b' }))
  assert.deepEqual(asked, [['org-a', 'https://a', 20 * 1024 * 1024]])
  assert.deepEqual(notes, [{ switch: 'fetch-image-urls', field: 'messages.1.content' }])
})

it('changes nothing where there is nothing to fetch, or nobody may', async () => {
  const messages = [user({ type: 'text', text: 'a' })]
  assert.equal((await resolve(messages)).resolved, messages)
  const held = [user(image('https://a'))]
  assert.equal((await resolve(held, undefined, [])).resolved, held)
})

it('fetches no more for one request than it may', async () => {
  const many = Array.from({ length: 65 }, (_, index) => image(`https://a/${index}`))
  await assert.rejects(resolve([user(...many)]), /an image was not fetched: limit/)
  const large = Buffer.concat([Buffer.from(PNG, 'base64'), Buffer.alloc(16_000_000)])
  const { asked } = await resolve([user(...many.slice(0, 2))], () => large)
  assert.deepEqual(
    asked.map(([, , most]) => most),
    [20_971_520, 33_554_432 - large.length],
  )
})

it('tells the client why, and our log nothing of the URL', async () => {
  const refused = (error: Error) =>
    resolve([user(image('https://host/a?secret'))], () => {
      throw error
    })
  const kinds = ['address', 'name'] as const
  for (const kind of kinds) {
    await assert.rejects(refused(new OutgoingError(kind, 'x')), (error) => {
      assert.ok(error instanceof ApiError && error.code === 'image_not_fetched' && error.status === 400)
      assert.equal(error.message, `an image was not fetched: ${kind}`)
      assert.match(
        error.publicMessage,
        /https:\/\/host\/a\?secret could not be fetched: its host is not one of the public/,
      )
      return true
    })
  }
  await assert.rejects(refused(new Error('left')), /left/)
})
