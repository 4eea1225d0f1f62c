/** The form of a request reads what stands in it, writes only what was changed, and loses nothing that it does not know. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { change, readSettings, type RequestSettings } from './settings.ts'

const request: RequestSettings = {
  model: 'kimi-k2.5',
  messages: [],
  stream: true,
  stop: '</report>',
  max_tokens: 512,
  prompt_cache_key: 'k',
  seed: 7,
}

describe('the settings', () => {
  it('are read', () => {
    const form = readSettings(request)
    assert.equal(form.thinking, true)
    assert.equal(form.longest, 512)
    assert.deepEqual(form.stops, ['</report>'])
    assert.deepEqual(form.others, ['prompt_cache_key', 'seed'])
  })
  it('turn thinking off and on again, and say it in one way', () => {
    const off = change.thinking(request, false)
    assert.deepEqual(off.thinking, { type: 'disabled' })
    assert.deepEqual(change.thinking(off, true), request)
  })
  it('change the limit under the name by which the request has it', () => {
    assert.equal(change.longest(request, 900).max_tokens, 900)
    assert.equal(change.longest({ model: 'kimi-k2.5', messages: [] }, 900).max_completion_tokens, 900)
    assert.equal('max_tokens' in change.longest(request, undefined), false)
  })
  it('keep what they do not know', () => {
    assert.equal(change.stops(request, [])['seed'], 7)
    assert.equal(change.answerAs(request, 'json').prompt_cache_key, 'k')
  })
  it('keep a schema that is already there', () => {
    const schema = change.schema(request, { type: 'object', properties: {} })
    assert.equal(change.answerAs(schema, 'schema'), schema)
    assert.equal(readSettings(schema).answerAs, 'schema')
    assert.equal(change.answerAs(schema, 'text').response_format, undefined)
  })
})
