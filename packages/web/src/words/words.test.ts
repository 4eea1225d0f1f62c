/** Both languages say everything: each key of one is in the other, and a message that wants to be told something is told it in both. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { en } from './en.ts'
import { loadLanguage, wordsOf } from './say.ts'
import { zh } from './zh.ts'

describe('the words', () => {
  it('have the same keys in both languages', () => {
    assert.deepEqual(Object.keys(zh).toSorted(), Object.keys(en).toSorted())
  })
  it('are texts or functions alike', () => {
    for (const [key, message] of Object.entries(en))
      assert.equal(typeof zh[key as keyof typeof en], typeof message, key)
  })
  it('have no exclamation marks, and nobody says please', () => {
    for (const [key, message] of [...Object.entries(en), ...Object.entries(zh)])
      assert.doesNotMatch(String(message), /[A-Za-z\u4e00-\u9fff][!！]|\bplease\b|请您/i, key)
  })
  it('come in the language that was loaded, and in English until then', async () => {
    assert.equal(wordsOf('zh').say('run'), 'Run')
    await loadLanguage('zh')
    assert.equal(wordsOf('zh').say('run'), '运行')
    assert.equal(wordsOf('zh').say('estimate', 2871, true), '输入 2,871 词元')
  })
})
