import assert from 'node:assert/strict'
import { test } from 'node:test'
import { load } from './testing/in-memory-load.ts'
import { startLines } from './start-lines.ts'

test('without anything: no file, the offline stand-in, every model', async () => {
  assert.deepEqual(startLines(await load({})), [
    'configuration: no file, from the environment and defaults',
    'engine offline: the offline stand-in, which runs no model, serves every model of the catalogue',
    'strict: a client that sends a temperature of its own gets a 400, as on the platform; MOONBASE_LENIENT=drop-fixed-sampling lets it pass, and so does the header x-moonbase-lenient: drop-fixed-sampling of a request',
  ])
  const lenient = startLines(await load({ environment: { MOONBASE_LENIENT: 'drop-fixed-sampling' } }))
  assert.equal(lenient.at(-1), 'lenient: drop-fixed-sampling')
  const files = 'keys: [{ name: a, key: hush-hush-1, lenient: [] }]'
  assert.ok(!startLines(await load({ files })).some((line) => line.startsWith('strict')))
  assert.match(startLines(await load({ files: 'allow_lenient_header: false' })).at(-1) ?? '', /lets it pass$/)
})

test('says that a file was found, who serves what and which model stands in', async () => {
  const files = `
engines:
  cluster: { type: openai-compatible, flavour: vllm, url: http://a/v1, key: hush-hush, model: m }
  hosted: { type: openai-compatible, flavour: moonshot, url: https://api.moonshot.ai/v1, key: hush-hush }
  play: { type: offline, scenarios: [a.yaml] }
models:
  kimi-k2.5: { engines: [hosted], stand_in: kimi-k2.6 }
  kimi-k2.6: { engines: [cluster] }
  kimi-k3: { engines: [cluster] }
  kimi-k2-thinking: { engines: [play], stand_in: kimi-k2.5 }
keys: [{ name: a, key: hush-hush-1 }, { name: b, key: hush-hush-2 }]
lenient: [relax-schema]
`
  const lines = startLines(await load({ files }))
  assert.deepEqual(lines, [
    'configuration: moonbase.yaml (found here; --config names another)',
    'engine cluster: vllm at http://a/v1 (as m) serves kimi-k2.6, kimi-k3',
    'engine hosted: moonshot at https://api.moonshot.ai/v1',
    'stand-in: kimi-k2.6 of hosted answers for kimi-k2.5 (off at the hosted platform since 2026-08-31); replies say so in x-moonbase-served-by',
    'engine play: the offline stand-in with 1 scenario file',
    'stand-in: kimi-k2.5 of play answers for kimi-k2-thinking; replies say so in x-moonbase-served-by',
    'keys: 2 from moonbase.yaml',
    'lenient: relax-schema',
  ])
  assert.ok(!lines.join().includes('hush'))
})

test('ends with what the operator should know', async () => {
  const lines = startLines(await load({ environment: { CLOUDFLARE_API_TOKEN: 'hush' } }))
  assert.equal(lines.at(-1), 'note: CLOUDFLARE_API_TOKEN is set without CLOUDFLARE_ACCOUNT_ID, and chooses nothing')
})
