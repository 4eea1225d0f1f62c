import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SchemaRules } from '@moonbase/core/contract'
import { RememberedRules } from './remembered-rules.ts'

describe('remembered rules', () => {
  it('look at each schema once for each level, and say the same', () => {
    const asked: string[] = []
    const rules: SchemaRules = {
      problem(schema, level) {
        asked.push(`${String(schema['title'])} ${level}`)
        return level === 'ultra' ? `${String(schema['title'])} is outside` : undefined
      },
      relax: (schema) => ({ ...schema, relaxed: true }),
    }
    const remembered = new RememberedRules(rules)
    const [one, two] = [{ title: 'one' }, { title: 'two' }]
    for (const _ of [1, 2]) {
      assert.equal(remembered.problem(one, 'ultra'), 'one is outside')
      assert.equal(remembered.problem(one, 'strict'), undefined)
      assert.equal(remembered.problem(two, 'ultra'), 'two is outside')
    }
    assert.deepEqual(asked, ['one ultra', 'one strict', 'two ultra'])
    // An equal one is another one.
    remembered.problem({ title: 'one' }, 'ultra')
    assert.equal(asked.length, 4)
    assert.deepEqual(remembered.relax(one, true), { title: 'one', relaxed: true })
  })
})
