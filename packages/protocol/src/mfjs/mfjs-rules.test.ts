import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mfjsRules } from './mfjs-rules.ts'

const MFJS = { type: 'object', properties: { a: { type: 'string' } } }

describe('MFJS as rules', () => {
  it('finds nothing in MFJS, and says what is wrong with the rest, by level', () => {
    assert.equal(mfjsRules.problem(MFJS, 'ultra'), undefined)
    const foreign = { ...MFJS, $schema: 'x' }
    assert.equal(mfjsRules.problem(foreign, 'strict'), undefined)
    assert.match(mfjsRules.problem(foreign, 'ultra') ?? '', /^At path 'root': /)
    assert.match(mfjsRules.problem({ type: 'map' }, 'strict') ?? '', /^At path 'root': /)
    assert.match(mfjsRules.problem(null, 'strict') ?? '', /schema must be a dict/)
  })

  it('relaxes what can be, gives MFJS back as it is, and nothing for what cannot', () => {
    assert.equal(mfjsRules.relax(MFJS, true), MFJS)
    const relaxed = mfjsRules.relax({ properties: { a: { const: 1 } } }, true)
    assert.equal(relaxed?.['type'], 'object')
    assert.equal(mfjsRules.problem(relaxed, 'ultra'), undefined)
    assert.equal(mfjsRules.relax({ type: 'string' }, true), undefined)
  })
})
