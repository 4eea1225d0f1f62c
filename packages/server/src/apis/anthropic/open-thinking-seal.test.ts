import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openThinkingSeal } from './open-thinking-seal.ts'

const secretOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)
const seal = openThinkingSeal(secretOf(1), 'org-1')
const other = openThinkingSeal(secretOf(2), 'org-1')
const elsewhere = openThinkingSeal(secretOf(1), 'org-2')
const THOUGHT = 'The user greets. 月 🌒'

/** The same text in base64 with one bit of a byte turned. */
function bent(base64: string, at: number): string {
  const bytes = Buffer.from(base64, 'base64')
  bytes[at < 0 ? bytes.length + at : at] = (bytes.at(at) ?? 0) ^ 1
  return bytes.toString('base64')
}

describe('the seal of thoughts', () => {
  it('knows its own signature, and that of a thought that was changed', () => {
    const signature = seal.sign(THOUGHT)
    assert.equal(seal.verify(THOUGHT, signature), 'right')
    assert.equal(seal.verify(`${THOUGHT} `, signature), 'wrong')
    assert.equal(seal.verify(THOUGHT, bent(signature, -1)), 'wrong')
    assert.equal(
      openThinkingSeal(secretOf(1), 'org-1').verify(THOUGHT, signature),
      'right',
      'the secret is all that it takes',
    )
  })

  it('says of every other signature that it is unknown', () => {
    const ours = [other, elsewhere].map((one) => one.sign(THOUGHT))
    for (const signature of ['', 'x', 'EqQBCgIYAhIM1gbcDa9GJwZA2b3h', ...ours, seal.seal(THOUGHT)]) {
      assert.equal(seal.verify(THOUGHT, signature), 'unknown')
    }
  })

  it('opens what it sealed, and nothing else', () => {
    const sealed = seal.seal(THOUGHT)
    assert.equal(seal.open(sealed), THOUGHT)
    assert.equal(seal.seal(THOUGHT), sealed, 'one thought has one seal')
    assert.ok(!Buffer.from(sealed, 'base64').includes('greets'))
    assert.equal(seal.open(seal.seal('')), '')
    for (const text of [
      '',
      'A',
      other.seal(THOUGHT),
      elsewhere.seal(THOUGHT),
      seal.sign(THOUGHT),
      sealed.slice(0, 30),
    ]) {
      assert.equal(seal.open(text), undefined)
    }
    for (let at = 0; at < Buffer.from(sealed, 'base64').length; at += 1) {
      assert.equal(seal.open(bent(sealed, at)), undefined, `a bit of byte ${at}`)
    }
  })
})
