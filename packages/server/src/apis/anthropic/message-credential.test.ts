import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { messageCredential } from './message-credential.ts'

const shown = (headers: Record<string, string>): string | undefined =>
  messageCredential({ header: (name) => headers[name] })

describe('the key of a request', () => {
  it('comes as a bearer token or in a header of its own', () => {
    assert.equal(shown({ authorization: 'Bearer sk-one' }), 'sk-one')
    assert.equal(shown({ 'x-api-key': 'sk-two' }), 'sk-two')
    assert.equal(shown({}), undefined)
    assert.equal(shown({ 'x-api-key': '' }), undefined)
  })

  it('is the token where there are both: the other is often of the provider', () => {
    assert.equal(shown({ authorization: 'Bearer sk-one', 'x-api-key': 'sk-ant-two' }), 'sk-one')
  })

  it('is refused where it can be none', () => {
    assert.throws(() => shown({ authorization: 'Basic x' }), /Invalid Authentication/)
    assert.throws(() => shown({ 'x-api-key': 'two words' }), /Invalid Authentication/)
  })
})
