import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askedFor, getWeather, manualClock, offlineWith } from '../../../../../test/support/ask-offline.ts'
import { type ContractSubject, engineContract } from '../testing/engine-contract.ts'

engineContract('offline', () => Promise.resolve(subject()))

engineContract('offline, scripted', () =>
  Promise.resolve(
    subject({
      scenarios: [
        {
          name: 'thinks',
          match: { thinking: true },
          reply: { reasoning: 'Let me see what this is.', text: 'It is this.' },
        },
        {
          name: 'calls',
          match: { has_tool: 'get_weather' },
          reply: { tool_calls: [{ name: 'get_weather', arguments: { city: 'Oslo' } }] },
        },
      ],
    }),
  ),
)

function subject({ scenarios = [] }: { scenarios?: unknown[] } = {}): ContractSubject {
  const engine = offlineWith({
    clock: manualClock(),
    scenarios: [
      failing('be silent', { silence_after_chunks: 2 }),
      failing('be overloaded', { status: 429 }),
      failing('be cut', { cut_after_chunks: 3 }),
      failing('be garbled', { malformed_after_chunks: 1 }),
      failing('break late', { missing_done: true }),
      ...scenarios,
    ],
  })
  return {
    engine,
    request: (overrides) => askedFor('Why is the sky blue?', overrides),
    close: () => Promise.resolve(),
    deterministic: true,
    toolCall: askedFor('What is the weather in Oslo?', { tools: [getWeather] }),
    thinking: askedFor('Why is the sky blue?', { thinking: true }),
    stalled: { request: askedFor('Please be silent.'), events: 3 },
    failures: [
      { request: askedFor('Please be overloaded.'), kind: 'overloaded' },
      { request: askedFor('Please be cut.'), kind: 'cut' },
      { request: askedFor('Please be garbled.'), kind: 'protocol' },
      { request: askedFor('Please break late.'), kind: 'cut' },
    ],
    honours: { choices: true },
  }
}

test('the contract is run on an engine that says what it is', async () => {
  const { engine } = subject()
  assert.equal(engine.name, 'offline')
  assert.deepEqual(await engine.health(new AbortController().signal), { ok: true })
})

function failing(name: string, fault: unknown): unknown {
  return { name, match: { last_user: name }, reply: { fault } }
}
