import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { leniencyHeaders, printable } from './answer-headers.ts'

describe('leniencyHeaders', () => {
  it('says nothing where nothing was let pass', () => {
    assert.deepEqual(leniencyHeaders([], { notes: [] }), [])
  })

  it('names each switch once, with its fields in their order, those of the dialect first', () => {
    const headers = leniencyHeaders([{ switch: 'ignore-unknown-fields', field: 'mood' }], {
      notes: [
        { switch: 'drop-fixed-sampling', field: 'temperature' },
        { switch: 'relax-schema', field: 'tools.$a-b' },
        { switch: 'drop-fixed-sampling', field: 'top_p' },
      ],
    })
    const value =
      'ignore-unknown-fields;fields="mood", drop-fixed-sampling;fields="temperature top_p", relax-schema;fields="tools.$a-b"'
    assert.deepEqual(headers, [['x-moonbase-lenient', value]])
  })

  it('shows no more of a client’s names than a header may hold: sixteen, cut short, harmless', () => {
    const notes = Array.from({ length: 20 }, (_, index) => ({
      switch: 'ignore-unknown-fields' as const,
      field: `é"\r\n${index}${'x'.repeat(100)}`,
    }))
    const value = leniencyHeaders(notes, { notes: [] })[0]?.[1] ?? ''
    const names = /^ignore-unknown-fields;fields="([^"]*)"$/.exec(value)?.[1]?.split(' ') ?? []
    assert.equal(names.length, 16)
    assert.equal(names[0], `____0${'x'.repeat(59)}`)
  })

  it('carries the platform’s warning about a schema', () => {
    assert.deepEqual(leniencyHeaders([], { notes: [], schemaWarning: 'tools – <é>' }), [
      ['msh-schema-warning', 'tools ? <?>'],
    ])
  })
})

describe('printable', () => {
  it('keeps printable ASCII, and 512 characters of it', () => {
    assert.equal(printable('a\r\nb: ü'), 'a??b: ?')
    assert.equal(printable('x'.repeat(600)).length, 512)
  })
})
