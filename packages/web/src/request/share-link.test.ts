/** A shared link holds the request, whatever stands in it; what is no such link opens nothing. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deepLinked, sharedRequest, shareFragment } from './share-link.ts'

describe('a shared link', () => {
  it('gives back the request', async () => {
    const request = {
      model: 'kimi-k2.5',
      messages: [{ role: 'user' as const, content: '退款 </script> 😀 "quotes"' }],
      seed: 7,
    }
    const fragment = await shareFragment(request)
    assert.match(fragment, /^#r=[\w-]+$/)
    assert.deepEqual(await sharedRequest(fragment), request)
  })
  it('that was cut, or is another’s, opens nothing', async () => {
    const fragment = await shareFragment({ model: 'kimi-k2.5', messages: [] })
    assert.equal(await sharedRequest(fragment.slice(0, -6)), null)
    assert.equal(await sharedRequest('#r=!!!'), null)
    assert.equal(await sharedRequest('#enter=abc'), null)
  })
  it('of words alone is a request as well', () => {
    assert.deepEqual(deepLinked('?prompt=Hi&thinking=off', 'kimi-k2.5'), {
      model: 'kimi-k2.5',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
      thinking: { type: 'disabled' },
    })
    assert.equal(deepLinked('?model=kimi-k2.5', 'kimi-k2.5'), null)
  })
})
