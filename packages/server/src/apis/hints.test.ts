import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ApiError, type LenientSwitch, MODELS, apiError, apiErrorWith } from '@moonbase/protocol'
import { Hints } from './hints.ts'

const wrong = apiError('fixed_value', { parameter: 'temperature', value: 1 })

/** Tells of one refusal after another; what was set and noted of each. */
function teller({ allowed = true } = {}) {
  const list = () => MODELS.filter(({ id }) => id.startsWith('kimi-k2.5'))
  const hints = new Hints({ models: { list }, lenientHeader: () => allowed })
  return (refusal: ApiError, keyId?: string, lenient?: ReadonlySet<LenientSwitch>) => {
    const headers = new Map<string, string>()
    const notes: { keyId?: string; lenient?: ReadonlySet<LenientSwitch>; hint?: string } = {
      ...(keyId === undefined ? {} : { keyId }),
      ...(lenient === undefined ? {} : { lenient }),
    }
    hints.tell(refusal, { notes, setHeader: (name, value) => void headers.set(name, value) })
    return { header: headers.get('x-moonbase-hint'), hint: notes.hint }
  }
}

describe('Hints', () => {
  it('name the switch first, and how to set it', () => {
    assert.equal(
      teller()(wrong).header,
      'drop-fixed-sampling; send the header x-moonbase-lenient: drop-fixed-sampling or set MOONBASE_LENIENT=drop-fixed-sampling at the server',
    )
    const tell = teller()
    const first = (refusal: ApiError): string | undefined => tell(refusal).header?.split(';')[0]
    assert.equal(first(apiError('unknown_field', { field: 'top_k' })), 'ignore-unknown-fields')
    assert.equal(first(apiError('response_schema_not_mfjs', { details: 'x' })), 'relax-schema')
    // Of a code that says too little the refusal says it itself.
    const budget = { switch: 'clamp-budget' } as const
    assert.equal(first(apiErrorWith('window_exceeded', budget, { limit: 1, requested: 2 })), 'clamp-budget')
    assert.equal(first(apiError('window_exceeded', { limit: 1, requested: 2 })), undefined)
    assert.equal(first(apiError('missing_reasoning', { index: 1 })), undefined)
    assert.equal(first(apiError('invalid_request', { details: 'x' })), undefined)
    assert.equal(first(apiError('engine_timeout')), undefined)
  })

  it('tell the operator once for each key and switch', () => {
    const tell = teller()
    assert.match(tell(wrong, 'a').hint ?? '', /^strict as the hosted platform; MOONBASE_LENIENT=drop-fixed-sampling /)
    assert.equal(tell(wrong, 'a').hint, undefined)
    assert.ok(tell(wrong, 'a').header)
    assert.ok(tell(wrong, 'b').hint)
    assert.ok(tell(apiError('unknown_field', { field: 'x' }), 'a').hint)
  })

  it('remember a bounded number of keys, and forget the first told first', () => {
    const tell = teller()
    for (let key = 0; key <= 10_000; key += 1) assert.ok(tell(wrong, `k${key}`).hint)
    assert.equal(tell(wrong, 'k10000').hint, undefined)
    assert.ok(tell(wrong, 'k0').hint)
  })

  it('do not advise the header where it does nothing, nor what was let pass already', () => {
    const { header, hint } = teller({ allowed: false })(wrong)
    assert.equal(
      header,
      'drop-fixed-sampling; set MOONBASE_LENIENT=drop-fixed-sampling at the server, which takes no x-moonbase-lenient from clients',
    )
    assert.doesNotMatch(hint ?? '', /x-moonbase-lenient/)
    const refused = apiError('response_schema_not_mfjs', { details: 'x' })
    assert.deepEqual(teller()(refused, 'a', new Set(['relax-schema'] as const)), { header: undefined, hint: undefined })
  })

  it('name the models that there are for one that there is not', () => {
    assert.equal(teller()(apiError('model_not_found', { model: 'kimi-k2' })).header, 'models served here: kimi-k2.5')
  })
})
