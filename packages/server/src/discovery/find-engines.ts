/**
 * Looks for engines that run on this machine. Whatever listens there is a stranger: it is asked a few short questions
 * without a key, it is not followed elsewhere, and what it says has a limit. All together has a time.
 */

import { parseJson } from '@moonbase/protocol'
import type { EngineSearch, FoundEngine } from '../configuration/index.ts'
import { httpTransport } from '../http/upstream/http-transport.ts'
import type { EnginePlace } from './engine-places.ts'
import { type Recognised, readModelList, saysVersion, sglangFrom } from './recognise-engine.ts'

/** For all places together. On the loopback an answer takes a few milliseconds, and a refusal less than one. */
const LOOK_MS = 300

/** Of one answer. SGLang's account of itself has some 30 KB. */
const MOST_BYTES = 262_144

/** @param until ends the look wherever it is; what was found by then counts */
export async function findEngines(
  places: readonly EnginePlace[],
  until: AbortSignal = AbortSignal.timeout(LOOK_MS),
): Promise<EngineSearch> {
  const looks = await Promise.all(places.map(({ origin }) => lookAt(origin, until)))
  return {
    found: looks.filter((found) => found !== undefined),
    places: places.map(({ name, origin }) => `${new URL(origin).host} (${name})`),
  }
}

type Answer = { readonly status: number; readonly value: unknown }
type Ask = (path: string) => Promise<Answer | undefined>

async function lookAt(origin: string, until: AbortSignal): Promise<FoundEngine | undefined> {
  // Of its own, so that nothing stays open behind a place that is done.
  const transport = httpTransport({ connections: 1, origins: 1 })
  const ask: Ask = async (path) => {
    const limits = { signal: until, headersTimeoutMs: LOOK_MS, bodyTimeoutMs: LOOK_MS }
    try {
      const reply = await transport.get({ url: origin + path, headers: { accept: 'application/json' }, ...limits })
      return { status: reply.status, value: jsonFrom(await readSome(reply.body)) }
    } catch (error) {
      if (error instanceof Error && error.name === 'TransportError') return undefined
      throw error
    }
  }
  try {
    return await recognise(origin, ask)
  } finally {
    await transport.close()
  }
}

async function recognise(origin: string, ask: Ask): Promise<FoundEngine | undefined> {
  const url = `${origin}/v1`
  const list = await ask('/v1/models')
  if (list?.status === 401) {
    // vLLM guards what is below `/v1` only.
    const version = await ask('/version')
    return isGood(version) && saysVersion(version.value)
      ? { name: 'vLLM', flavour: 'vllm', url, models: [] }
      : undefined
  }
  const models = isGood(list) ? readModelList(list.value) : undefined
  if (models === undefined) return undefined
  const { name, flavour } = await certain(models.engine, ask)
  return { name, flavour, url, models: models.ids }
}

async function certain(engine: Recognised, ask: Ask): Promise<Recognised> {
  if (engine.ask === 'ollama-version') {
    const version = await ask('/api/version')
    return isGood(version) && saysVersion(version.value) ? { ...engine, name: 'Ollama' } : engine
  }
  if (engine.ask === 'sglang-parsers') {
    const older = await ask('/get_server_info')
    const information = isGood(older) ? older : await ask('/server_info')
    return sglangFrom(isGood(information) ? information.value : undefined)
  }
  return engine
}

const isGood = (answer: Answer | undefined): answer is Answer => answer?.status === 200

/** `undefined` for more than the limit; the rest is not read. */
async function readSome(body: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of body) {
    bytes += part.length
    if (bytes > MOST_BYTES) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function jsonFrom(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return parseJson(text)
  } catch (error) {
    // No JSON, or nested deeper than the stack is: not from an engine.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined
    throw error
  }
}
