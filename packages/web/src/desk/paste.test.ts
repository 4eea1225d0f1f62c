/** A pasted command or body is seen as a request; its key goes nowhere; any other text stays text. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { offerIn, requestInPaste, shellWords } from './paste.ts'

const BODY = { model: 'kimi-k2.5', messages: [{ role: 'user', content: "What’s “up”?\n'quoted'" }] }

describe('a paste', () => {
  it('of a JSON body is a request', () => {
    assert.deepEqual(requestInPaste(JSON.stringify(BODY)), BODY)
  })
  it('of a cURL command is a request, over several lines, without its key', () => {
    const body = JSON.stringify(BODY).replaceAll("'", `'\\''`)
    const lines = [
      'curl -N http://127.0.0.1:2500/v1/chat/completions',
      '-H "Authorization: Bearer sk-secret"',
      "-H 'Content-Type: application/json'",
      `-d '${body}'`,
    ]
    const request = requestInPaste(lines.join(' \\\n  '))
    assert.deepEqual(request, BODY)
    assert.doesNotMatch(JSON.stringify(request), /sk-secret/)
  })
  it('of words, of other JSON, or of a command that was cut, is text', () => {
    assert.equal(offerIn('Why does it rain?'), null)
    assert.equal(offerIn('{"a": 1}'), null)
    assert.equal(offerIn(`curl https://example.com -d '{"model": "x`), null)
    assert.equal(offerIn('curl https://example.com'), null)
  })
  it('is cut into words as a shell does it', () => {
    assert.deepEqual(shellWords(`a 'b c' "d \\"e\\"" f\\ g $'h\\ni'`), ['a', 'b c', 'd "e"', 'f g', 'h\ni'])
  })
})
