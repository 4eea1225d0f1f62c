import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { patternSample, patternTakes } from './pattern-sample.ts'

const UNDERSTOOD = [
  '^[a-z]+$',
  '^[A-Z]{3}-\\d{4}$',
  '^(?:cat|dog)s?$',
  '^\\+?[0-9 ()-]{7,20}$',
  '^[\\w.]+@[\\w-]+\\.[a-z]{2,}$',
  'needle',
  '^#[0-9a-fA-F]{6}$',
  '^[^/]+/[^/]+$',
  '^\\$\\d+\\.\\d{2}$',
  '^.{5,}$',
  '^(?<year>\\d{4})-(0[1-9]|1[0-2])$',
  '^[\\s\\S]*?$',
  '^\\W\\D\\S$',
  '^é[à-ü]{2}😀$',
]

describe('patterns of schemas', () => {
  for (const pattern of UNDERSTOOD) {
    test(`a sample of ${pattern} fits it`, () => {
      const sample = patternSample(pattern, 0, 100)
      assert.ok(sample !== undefined)
      assert.match(sample, new RegExp(pattern, 'u'))
    })
  }

  test('says what fits, as a regular expression would', () => {
    for (const pattern of UNDERSTOOD) {
      const expression = new RegExp(pattern, 'u')
      for (const text of [
        '',
        'abc',
        'ABC-1234',
        'dogs',
        'a needle here',
        '#00ff00',
        'a/b',
        '$1.50',
        '2026-13',
        '2026-12',
        'a@b.io',
        '+1 (555) 010-0',
        'éàü😀',
        '!a!',
        'x\ny',
      ]) {
        assert.equal(patternTakes(pattern, text), expression.test(text), `${pattern} on ${JSON.stringify(text)}`)
      }
    }
  })

  test('stretches a sample to the length that is wanted', () => {
    assert.equal(patternSample('^[a-z]+$', 10, 10), 'aaaaaaaaaa')
    assert.equal(patternSample('^a{2}$', 5, 9), undefined)
    assert.equal(patternSample('^[a-z]{5}$', 0, 3), undefined)
  })

  test('gives up on what it does not understand', () => {
    for (const pattern of [
      '(?=a)',
      '(?<!a)b',
      '\\p{L}+',
      '\\bword\\b',
      '(a)\\1',
      '^a|b$',
      '[z-a]',
      '(',
      'a**',
      '[',
      'a{9',
      '\\',
    ]) {
      assert.equal(patternSample(pattern, 0, 100), undefined, pattern)
      assert.equal(patternTakes(pattern, 'a'), undefined, pattern)
    }
  })

  test('a pattern made to explode costs little', () => {
    assert.equal(patternTakes('^(a+)+$', `${'a'.repeat(200)}!`), false)
    assert.equal(patternTakes('^(a|a)*$', `${'a'.repeat(200)}!`), false)
    assert.ok([true, false, undefined].includes(patternTakes('^(((a*)*)*)*b$', 'a'.repeat(2_000))))
    assert.equal(patternSample('^(((a{999}){999}){999})$', 0, 10), undefined)
  })
})
