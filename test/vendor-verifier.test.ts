/**
 * The parameter matrix of Moonshot's public vendor verifier for K2.5: every fixed value unsaid, equal and wrong, in both
 * thinking modes, in both spellings of the switch, streamed and not. A wrong value must be a 400, the others a 200.
 */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { call } from './support/call.ts'
import { type TestServer, startServer } from './support/start-server.ts'

const PARAMETERS = [
  { name: 'temperature', thinking: 1, instant: 0.6, wrong: 0.5 },
  { name: 'top_p', thinking: 0.95, instant: 0.95, wrong: 0.8 },
  { name: 'presence_penalty', thinking: 0, instant: 0, wrong: 0.5 },
  { name: 'frequency_penalty', thinking: 0, instant: 0, wrong: 0.5 },
  { name: 'n', thinking: 1, instant: 1, wrong: 2 },
] as const

const SPELLINGS = {
  kimi: (on: boolean) => ({ thinking: { type: on ? 'enabled' : 'disabled' } }),
  opensource: (on: boolean) => ({ chat_template_kwargs: { thinking: on } }),
} as const

describe('the parameter matrix of the vendor verifier', () => {
  let server: TestServer
  before(async () => {
    server = await startServer()
  })
  after(() => server.close())

  for (const [spelling, switchOf] of Object.entries(SPELLINGS)) {
    for (const mode of ['thinking', 'instant'] as const) {
      for (const stream of [false, true]) {
        const ask = (fields: Record<string, unknown>) =>
          call(`${server.url}/v1/chat/completions`, {
            body: {
              model: 'kimi-k2.5',
              messages: [{ role: 'user', content: 'Hello' }],
              stream,
              ...switchOf(mode === 'thinking'),
              ...fields,
            },
          })
        const where = `${mode}, ${spelling} spelling, ${stream ? 'streamed' : 'whole'}`

        it(`answers without parameters (${where})`, async () => {
          assert.equal((await ask({})).status, 200)
        })
        for (const parameter of PARAMETERS) {
          it(`takes the equal ${parameter.name} (${where})`, async () => {
            const reply = await ask({ [parameter.name]: parameter[mode] })
            assert.equal(reply.status, 200)
            assert.equal(reply.text.includes('"reasoning_content"'), mode === 'thinking')
          })
          it(`refuses another ${parameter.name} (${where})`, async () => {
            const reply = await ask({ [parameter.name]: parameter.wrong })
            assert.equal(reply.status, 400)
            assert.deepEqual(reply.json, {
              error: {
                message: `invalid ${parameter.name}: only ${parameter[mode]} is allowed for this model`,
                type: 'invalid_request_error',
              },
            })
          })
        }
        for (const temperature of [1.1, 2, -0.1, mode === 'thinking' ? 0.6 : 1]) {
          it(`refuses temperature ${temperature} (${where})`, async () => {
            assert.equal((await ask({ temperature })).status, 400)
          })
        }
      }
    }
  }
})
