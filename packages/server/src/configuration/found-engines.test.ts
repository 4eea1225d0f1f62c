import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EngineSearch, FoundEngine } from './found-engines.ts'
import { startLines } from './start-lines.ts'
import { type Situation, load, mistakes } from './testing/in-memory-load.ts'

const KIMI: FoundEngine = {
  name: 'vLLM',
  flavour: 'vllm',
  url: 'http://127.0.0.1:8000/v1',
  models: ['moonshotai/Kimi-K2.5'],
}
const OLLAMA: FoundEngine = {
  name: 'Ollama',
  flavour: 'generic',
  url: 'http://127.0.0.1:11434/v1',
  models: ['nomic-embed-text', 'llama3.2:3b'],
}
const PLACES = ['127.0.0.1:8000 (vLLM)', '127.0.0.1:11434 (Ollama)']

/** A look that finds these, and counts how often it was asked for, and why. */
function looking(...found: readonly FoundEngine[]) {
  const reasons: string[] = []
  const look = async (reason: string): Promise<EngineSearch> => {
    reasons.push(reason)
    return { found, places: PLACES }
  }
  return { look, reasons }
}

async function linesOf(situation: Situation): Promise<string[]> {
  return startLines(await load(situation))
}

const auto = { MOONBASE_UPSTREAM: 'auto' }

test('with nothing configured a start says in one line what runs here and how to use it, and uses it not', async () => {
  const { look } = looking(KIMI)
  const lines = await linesOf({ look })
  const others = await linesOf({})
  assert.deepEqual(lines, [
    ...others,
    'note: vLLM at http://127.0.0.1:8000/v1 (moonshotai/Kimi-K2.5) runs on this machine and is not used; start with MOONBASE_UPSTREAM=auto to use it',
  ])
  assert.match(others.join(), /engine offline: the offline stand-in, which runs no model/)
})

test('of several the one with a Kimi comes first, and an embedder is no model that writes', async () => {
  const { look } = looking(OLLAMA, KIMI)
  assert.match(
    (await linesOf({ look })).at(-1) ?? '',
    /^note: vLLM at \S+ \(moonshotai\/Kimi-K2\.5\) and Ollama at \S+ \(llama3\.2:3b\) run on this machine and are not used; .* to use the first$/,
  )
  const many = looking(KIMI, OLLAMA, { ...OLLAMA, name: 'LM Studio' }, OLLAMA, OLLAMA)
  assert.match(
    (await linesOf({ look: many.look })).at(-1) ?? '',
    /, LM Studio at \S+ \(llama3\.2:3b\) and 2 more run on/,
  )
})

test('where nothing runs, nothing is said', async () => {
  const { look, reasons } = looking()
  assert.deepEqual(await linesOf({ look }), await linesOf({}))
  assert.deepEqual(reasons, ['untold'])
})

test('nobody looks who was told what to do, or not to look', async () => {
  const { look, reasons } = looking(KIMI)
  for (const environment of [
    { MOONBASE_UPSTREAM: 'http://10.0.0.5/v1' },
    { MOONBASE_MODEL: 'm.gguf' },
    { MOONBASE_SCENARIOS: 'a.yaml' },
    { MOONBASE_CASSETTES: 'a.jsonl' },
    { MOONSHOT_API_KEY: 'k' },
    { OXEN_API_KEY: 'k' },
    { CLOUDFLARE_API_TOKEN: 'k', CLOUDFLARE_ACCOUNT_ID: 'a' },
    { MOONBASE_DISCOVER: '0' },
  ]) {
    const { notes } = await load({ look, environment })
    assert.ok(!notes.join().includes('runs on this machine'), JSON.stringify(environment))
  }
  await load({ look, files: 'log: { level: warn }' })
  await load({ look, files: 'engines: { a: { type: offline } }', environment: { MOONBASE_DISCOVER: 'yes' } })
  assert.deepEqual(reasons, [])
})

test('auto uses what was found, with its flavour and its model', async () => {
  const { look, reasons } = looking(OLLAMA, KIMI)
  const { engines, models, notes } = await load({ look, environment: { ...auto, MOONBASE_UPSTREAM_KEY: 'k' } })
  const { type, urls, flavour, model, key, can } = Object(engines['upstream'])
  assert.deepEqual(
    { type, urls, flavour, model, key, can },
    {
      type: 'openai-compatible',
      urls: ['http://127.0.0.1:8000/v1'],
      flavour: 'vllm',
      model: 'moonshotai/Kimi-K2.5',
      key: 'k',
      can: undefined,
    },
  )
  assert.deepEqual(Object.keys(models), ['kimi-k2.5'])
  assert.deepEqual(notes, [
    'not used: Ollama at http://127.0.0.1:11434/v1 (llama3.2:3b); MOONBASE_UPSTREAM chooses by address',
  ])
  assert.deepEqual(reasons, ['told'])
})

test('auto takes the word of the operator for the model and the flavour', async () => {
  const { look } = looking(KIMI, OLLAMA)
  const environment = { ...auto, MOONBASE_UPSTREAM_MODEL: 'llama3.2:3b', MOONBASE_UPSTREAM_FLAVOUR: 'llama-server' }
  const { engines } = await load({ look, environment })
  const { urls, flavour, model, can } = Object(engines['upstream'])
  assert.deepEqual(
    { urls, flavour, model, can },
    { urls: [OLLAMA.url], flavour: 'llama-server', model: 'llama3.2:3b', can: undefined },
  )
})

test('another family than Kimi is told, and never given a prompt that was rendered for Kimi', async () => {
  const { look } = looking({ ...KIMI, models: ['/models/Qwen/Qwen3-8B.gguf'] })
  const { engines, notes } = await load({ look, environment: auto })
  assert.deepEqual(Object(engines['upstream']).can, { resumes: { reasoning: false, toolCalls: false } })
  assert.deepEqual(notes, ['/models/Qwen/Qwen3-8B.gguf is no Kimi: it answers for kimi-k2.5, for want of another'])
})

test('an engine that wants a key is used, and the key asked for', async () => {
  const { look } = looking({ ...KIMI, models: [] })
  const { engines, notes } = await load({ look, environment: auto })
  assert.equal(Object(engines['upstream']).model, undefined)
  assert.deepEqual(notes, ['vLLM at http://127.0.0.1:8000/v1 wants a key: MOONBASE_UPSTREAM_KEY'])
  assert.deepEqual((await load({ look, environment: { ...auto, MOONBASE_UPSTREAM_KEY: 'k' } })).notes, [])
})

test('auto without an engine is one line that says where was looked', async () => {
  const { look } = looking()
  assert.deepEqual(await mistakes({ look, environment: auto }), [
    'MOONBASE_UPSTREAM: is auto, and no engine answers at 127.0.0.1:8000 (vLLM), 127.0.0.1:11434 (Ollama); start one, or name its address',
  ])
})

test('auto beside what contradicts it is a mistake', async () => {
  const { look, reasons } = looking(KIMI)
  assert.deepEqual(await mistakes({ look, environment: { ...auto, MOONBASE_DISCOVER: '0' } }), [
    'MOONBASE_UPSTREAM: is auto, and MOONBASE_DISCOVER keeps from looking; take one of them away',
  ])
  const files = 'engines: { mine: { type: offline } }'
  assert.match(
    (await mistakes({ look, files, environment: auto })).join(),
    /^MOONBASE_UPSTREAM: chooses an engine, and so/,
  )
  assert.match(
    (await mistakes({ look, environment: { ...auto, MOONBASE_MODEL: 'm.gguf' } })).join(),
    /^MOONBASE_MODEL: is a model for this machine/,
  )
  assert.deepEqual(reasons, ['told'])
})

test('auto goes with a file that names no engine', async () => {
  const { look } = looking(KIMI)
  const files = 'models: { kimi-k2.6: { engines: [upstream] } }'
  const { models, engines } = await load({ look, files, environment: auto })
  assert.deepEqual(Object.keys(models), ['kimi-k2.6'])
  assert.deepEqual(Object(engines['upstream']).urls, [KIMI.url])
})

test('a long id is shown short', async () => {
  const { look } = looking({ ...KIMI, models: [`/data/${'x'.repeat(80)}/Kimi-K2.5-Q4.gguf`] }, OLLAMA)
  assert.match((await linesOf({ look })).at(-1) ?? '', /vLLM at \S+ \(Kimi-K2\.5-Q4\.gguf\) and/)
})
