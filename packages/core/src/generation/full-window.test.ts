/** By which sentences of hosts a full window is known, and what clients are told of it. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { engineErrorFromStatus } from './engine-error.ts'
import { fullWindowIn } from './full-window.ts'

const SAID: readonly (readonly [host: string, words: string, limit: number, requested: number])[] = [
  [
    'Moonshot',
    'Invalid request: Your request exceeded model token limit: 262144 (requested: 274613)',
    262_144,
    274_613,
  ],
  [
    'vLLM',
    "This model's maximum context length is 16384 tokens. However, you requested 20000 tokens (12000 in the messages, 8000 in the completion). Please reduce the length of the messages or completion.",
    16_384,
    20_000,
  ],
  [
    'vLLM, of today',
    "This model's maximum context length is 16384 tokens. However, you requested 8192 output tokens and your prompt contains at least 8193 input tokens, for a total of at least 16385 tokens.",
    16_384,
    16_385,
  ],
  [
    'Dynamo',
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens. Please reduce the length of the messages.",
    8_192,
    9_000,
  ],
  ['SGLang', "The input (516368 tokens) is longer than the model's context length (262144 tokens).", 262_144, 516_368],
  [
    'SGLang, with the answer',
    "Requested token count exceeds the model's maximum context length of 64000 tokens. You requested a total of 71897 tokens: 7897 tokens from the input messages and 64000 tokens for the completion.",
    64_000,
    71_897,
  ],
  [
    'llama-server',
    'request (40000 tokens) exceeds the available context size (32768 tokens), try increasing it',
    32_768,
    40_000,
  ],
]

describe('a full window', () => {
  for (const [host, words, limit, requested] of SAID) {
    it(`is known by what ${host} says, and told in the platform's words`, () => {
      assert.deepEqual(fullWindowIn(words), { limit, requested })
      const error = engineErrorFromStatus('host', 400, { message: words }).toApiError('kimi-k2.5')
      assert.deepEqual([error.code, error.status], ['window_exceeded', 400])
      assert.equal(
        error.publicMessage,
        `Invalid request: Your request exceeded model token limit: ${limit} (requested: ${requested})`,
      )
    })
  }

  it('is not found in other refusals, nor where a figure is missing', () => {
    const others = [
      'the request exceeds the available context size, try increasing it',
      "This model's maximum context length is 8192 tokens.",
      'max_tokens must be at least 1',
      `maximum context length is 5 tokens. However, ${'you '.repeat(10_000)}`,
    ]
    for (const words of others) {
      assert.equal(fullWindowIn(words), undefined)
      const error = engineErrorFromStatus('host', 400, { message: words }).toApiError('kimi-k2.5')
      assert.equal(error.code, 'engine_refused')
    }
  })

  it('is only found in a refusal: a host that is full may say what it likes', () => {
    const words = SAID[0]?.[1] ?? ''
    assert.equal(engineErrorFromStatus('host', 429, { message: words }).toApiError('m').code, 'engine_overloaded')
  })
})
