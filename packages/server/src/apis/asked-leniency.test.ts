import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ApiError, LENIENT_SWITCHES } from '@moonbase/protocol'
import { askedLeniency } from './asked-leniency.ts'

const allowed = (): boolean => true

describe('askedLeniency', () => {
  it('is what the header names, also as a reply said it', () => {
    assert.deepEqual([...askedLeniency(undefined, allowed).on], [])
    assert.deepEqual([...askedLeniency(' , ', allowed).on], [])
    const two = ['drop-fixed-sampling', 'relax-schema']
    assert.deepEqual([...askedLeniency('drop-fixed-sampling,relax-schema ', allowed).on], two)
    const said = 'drop-fixed-sampling;fields="temperature top_p", relax-schema;fields="tools.f"'
    assert.deepEqual([...askedLeniency(said, allowed).on], two)
  })

  it('takes away what has a minus in front', () => {
    const { on, off } = askedLeniency('-restore-reasoning, relax-schema', allowed)
    assert.deepEqual([[...on], [...off]], [['relax-schema'], ['restore-reasoning']])
  })

  it('refuses a name that is no switch, and says which there are', () => {
    const isSaid = (error: unknown): boolean =>
      error instanceof ApiError &&
      error.publicMessage ===
        `Invalid request: x-moonbase-lenient holds "drop-everything", which is none of ${Object.keys(LENIENT_SWITCHES).join(', ')}`
    assert.throws(() => askedLeniency('relax-schema, drop-everything', allowed), isSaid)
  })

  it('does nothing where the operator forbids it', () => {
    assert.deepEqual([...askedLeniency('drop-fixed-sampling, nonsense', () => false).on], [])
  })
})
