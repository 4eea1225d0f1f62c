/** What llama.cpp's grammars misread must not reach them: a token is its text there, and a text ends at its first NUL. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { collectEvents, onlyChoice } from '../../../../test/support/collect-events.ts'
import { type TinyGguf, openTinyGguf, tinyRequest } from '../../../../test/support/open-tiny-gguf.ts'

const ANSWERS = 20
/** `Ā` is how the file writes the byte 0. The grammar would read all of these as the letter or the quotation mark in front. */
const STRAYS = { 'aĀ"': 2, '"Āx': 0.5, eĀ: 2 }

describe('the masks', () => {
  for (const family of ['kimi', 'llama'] as const) {
    test(`keep tokens with a NUL in them out of JSON, however likely they are (${family})`, async () => {
      const tiny = await openTinyGguf({ template: family === 'kimi' ? 'kimi' : 'own' }, { family, strays: STRAYS })
      try {
        for (let answer = 0; answer < ANSWERS; answer += 1) {
          const text = await ask(tiny, { content: `Question ${answer}`, json: true })
          assert.doesNotThrow(() => JSON.parse(text), JSON.stringify(text))
        }
      } finally {
        await tiny.close()
      }
    })
  }

  test('leave such tokens alone where no grammar holds', async () => {
    const tiny = await openTinyGguf({}, { strays: STRAYS, endless: true })
    try {
      const text = await ask(tiny, { content: 'Question', json: false })
      assert.ok(text.includes('\0'), JSON.stringify(text))
    } finally {
      await tiny.close()
    }
  })
})

async function ask({ engine }: TinyGguf, { content, json }: { content: string; json: boolean }): Promise<string> {
  const request = tinyRequest({
    messages: [{ role: 'user', content }],
    maxCompletionTokens: json ? 2500 : 100,
    sampling: { ...tinyRequest().sampling, temperature: 1 },
    ...(json ? { responseFormat: { type: 'json_object' } } : {}),
  })
  return onlyChoice(await collectEvents(engine.generate(request, new AbortController().signal))).text
}
