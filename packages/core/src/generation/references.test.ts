import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ApiError } from '@moonbase/protocol'
import { assertResolved, holdsReferences, mediumOf } from './references.ts'
import type { DraftMessage, DraftPart } from './request.ts'

const TEXT: DraftPart = { type: 'text', text: 'ms://f1' }
const IMAGE: DraftPart = { type: 'image', mime: 'image/png', base64: 'AAAA', measured: { width: 1, height: 1 } }
const reference = (medium: 'image' | 'video', url: string): DraftPart => ({ type: 'reference', medium, url })
const user = (...content: DraftPart[]): DraftMessage => ({ role: 'user', content })

function refusal(messages: readonly DraftMessage[]): string {
  try {
    assertResolved(messages)
  } catch (error) {
    assert.ok(error instanceof ApiError && error.status === 400)
    return error.publicMessage
  }
  return 'resolved'
}

describe('references', () => {
  it('are found in any message, and nowhere where there are none', () => {
    const here = [{ role: 'system', content: 'ms://f1' } as const, user(TEXT, IMAGE)]
    assert.equal(holdsReferences(here), false)
    assert.equal(refusal(here), 'resolved')
    assert.equal(holdsReferences([...here, user(TEXT, reference('image', 'ms://f1'))]), true)
  })

  it('are refused in the platform’s words where nobody resolved them, the first one by its URL', () => {
    const video = user(TEXT, reference('video', 'ms://f1'), reference('image', 'ms://f2'))
    assert.equal(refusal([user(IMAGE), video]), 'Invalid request: unsupported video url: ms://f1')
    const long = `https://host.test/${'x'.repeat(400)}`
    assert.equal(
      refusal([user(reference('image', long))]),
      `Invalid request: unsupported image url: ${long.slice(0, 200)}…`,
    )
  })

  it('have a medium, like what is here, and text has none', () => {
    assert.deepEqual([TEXT, IMAGE, reference('video', 'ms://f1')].map(mediumOf), [undefined, 'image', 'video'])
  })
})
