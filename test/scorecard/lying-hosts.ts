/**
 * Hosts that lie, one a file of `hosts/`: what is asked of them, what they say, and what a client gets, pays and an operator reads
 * for it. Each is played through a running server, as a stream and as a whole reply, which must be alike.
 */

import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { type SeenStream, askStream } from '../support/ask-stream.ts'
import { call } from '../support/call.ts'
import { type HostileReply, type HostileUpstream, openHostileUpstream } from '../support/hostile-upstream.ts'
import { type Customer, Operator, TEST_ADMIN_KEY } from '../support/operator.ts'
import { realVocabulary } from '../support/real-vocabulary.ts'
import { type TestServer, startServer } from '../support/start-server.ts'

/** One file. */
interface LyingHost {
  readonly id: string
  readonly name: string
  readonly model?: string
  /** Fields of the request beside its messages. */
  readonly request?: Readonly<Record<string, unknown>>
  readonly reply: LyingReply
  readonly client: Got
  /** `ours`: as the server counts it itself. `null`: nothing. */
  readonly billed: { readonly prompt: number | 'ours'; readonly completion: number } | 'what was given' | null
  /** What rises of the counters about engines. */
  readonly metrics: Readonly<Record<string, number>>
  /** Its counts are those of the model's own vocabulary. */
  readonly needs?: 'vocabulary'
}

interface LyingReply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Events of a stream; a text is one that is no JSON. */
  readonly chunks?: readonly (object | string)[]
  readonly again?: { readonly chunk: object; readonly times: number }
  readonly behind?: readonly object[]
  /** One event with a text of so many. */
  readonly characters?: number
  /** In the place of a stream. */
  readonly body?: string
  /** It refuses a request whose field says more. */
  readonly refuses?: { readonly field: string; readonly above: number }
}

interface Got {
  readonly status?: number
  readonly text?: string
  /** Behind the text nothing but white space. */
  readonly blanks?: boolean
  readonly reasoning?: string
  readonly calls?: readonly (readonly [name: string, given: string])[]
  readonly finish?: string
  readonly error?: string
  readonly retry_after_at_most?: number
}

export interface PlayedHost {
  readonly id: string
  readonly name: string
  /** In a few words, for a table. */
  readonly gets: string
  readonly billed: string
  readonly metrics: string
  /** What was not as the file has it. */
  readonly wrong: readonly string[]
  /** Why it was not played. */
  readonly skipped: string | undefined
}

const FOLDER = new URL('hosts/', import.meta.url)
const FILES = readdirSync(FOLDER).toSorted()

export function lyingHosts(): readonly LyingHost[] {
  return FILES.map((file) => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as LyingHost)
}

/** The server, the host behind it, and a customer who pays. */
export class LyingHostStage implements AsyncDisposable {
  readonly #hosts: ReadonlyMap<string, LyingHost>
  readonly #upstream: HostileUpstream
  readonly #server: TestServer
  readonly #operator: Operator
  readonly #customer: Customer

  private constructor(upstream: HostileUpstream, server: TestServer, operator: Operator, customer: Customer) {
    this.#hosts = new Map(lyingHosts().map((host) => [host.id, host]))
    this.#upstream = upstream
    this.#server = server
    this.#operator = operator
    this.#customer = customer
  }

  static async open(): Promise<LyingHostStage> {
    const hosts = new Map(lyingHosts().map((host) => [host.id, host]))
    const upstream = await openHostileUpstream(({ body }) => {
      const host = hosts.get(/play (H\d+)/.exec(body)?.[1] ?? '')
      return host === undefined ? { status: 404 } : replyOf(host.reply, JSON.parse(body))
    })
    const at = `type: openai-compatible, flavour: vllm, url: "${upstream.url}/v1"`
    const tokenizer = process.env['MOONBASE_TOKENIZER']
    const server = await startServer({
      config: `
engines:
  host: { ${at} }
  small: { ${at}, max_output: 16384 }
models:
  kimi-k2.5: { engines: [host], continuation: false }
  kimi-k2.6: { engines: [small] }
routing: { attempts: 1, health_every_ms: 0, breaker: { failures: 32 } }
`,
      environment: tokenizer === undefined ? {} : { MOONBASE_TOKENIZER: tokenizer },
    })
    const operator = new Operator(server)
    return new LyingHostStage(upstream, server, operator, await operator.customer({ recharge: '100', tier: null }))
  }

  async play(id: string): Promise<PlayedHost> {
    const host = this.#hosts.get(id)
    assert.ok(host !== undefined)
    const found = realVocabulary()
    if (host.needs === 'vocabulary' && 'skip' in found) {
      return { id, name: host.name, gets: '', billed: '', metrics: '', wrong: [], skipped: found.skip }
    }
    const streamed = await this.#ask(host, true)
    const wrong = differences(host, streamed)
    const whole = await this.#ask(host, false)
    // What fails behind its beginning gives nothing as a whole reply, and a status of its own.
    const failsLate = host.client.error !== undefined && host.client.status === undefined
    wrong.push(...(failsLate ? [] : differences(host, whole).map((what) => `whole: ${what}`)))
    return { id, name: host.name, ...told(streamed), wrong, skipped: undefined }
  }

  async #ask({ id, model = 'kimi-k2.5', request = {} }: LyingHost, stream: boolean): Promise<Outcome> {
    const { key, organisation } = this.#customer
    const before = await this.#counters()
    const messages = [{ role: 'user', content: `play ${id}` }]
    const body = { model, messages, ...request }
    const got = stream ? await askStream({ url: this.#server.url, key }, body) : await this.#askWhole(body, key)
    const { json } = await call(`${this.#server.url}/v1/tokenizers/estimate-token-count`, {
      body: { model, messages },
      key,
    })
    const [record] = await this.#operator.requests(organisation)
    const after = await this.#counters()
    const rises = [...after].filter(([series, value]) => value !== (before.get(series) ?? 0))
    return {
      got,
      ours: (json as { data: { total_tokens: number } }).data.total_tokens,
      record: record ?? {},
      metrics: Object.fromEntries(rises.map(([series, value]) => [series, value - (before.get(series) ?? 0)])),
    }
  }

  async #askWhole(body: object, key: string): Promise<SeenStream> {
    const { status, headers, json } = await call(`${this.#server.url}/v1/chat/completions`, { body, key })
    const { error, choices = [], usage } = json as WholeReply
    const { message, finish_reason: finish = null } = choices[0] ?? {}
    return {
      status,
      headers,
      reasoning: message?.reasoning_content ?? '',
      text: message?.content ?? '',
      calls: (message?.tool_calls ?? []).map(({ id, function: { name, arguments: given } }) => ({
        id,
        name,
        arguments: given,
      })),
      finish,
      usage,
      done: error === undefined,
      error,
      broke: false,
      comments: [],
    }
  }

  /** Of what is counted about engines and their answers. */
  async #counters(): Promise<ReadonlyMap<string, number>> {
    const { text } = await call(`${this.#server.url}/metrics`, { key: TEST_ADMIN_KEY })
    const lines = text.match(/^moonbase_(?:engine_attempts|engine_corrections|repairs)_total\{.*$/gm) ?? []
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close()
    await this.#upstream.close()
  }
}

interface WholeReply {
  readonly error?: SeenStream['error']
  readonly usage?: SeenStream['usage']
  readonly choices?: readonly {
    readonly finish_reason: string
    readonly message: {
      readonly content: string | null
      readonly reasoning_content?: string
      readonly tool_calls?: readonly { id: string; function: { name: string; arguments: string } }[]
    }
  }[]
}

interface Outcome {
  readonly got: SeenStream
  /** Tokens of the messages by the server's own count. */
  readonly ours: number
  /** Of the request log. */
  readonly record: Readonly<Record<string, unknown>>
  readonly metrics: Readonly<Record<string, number>>
}

function replyOf(reply: LyingReply, asked: Record<string, unknown>): HostileReply {
  const { status = 200, headers = {}, chunks, again, behind = [], characters, body, refuses } = reply
  if (refuses !== undefined && Number(asked[refuses.field]) > refuses.above) return { status: 400, body: '{}' }
  if (characters !== undefined) {
    const delta = { content: 'x'.repeat(characters) }
    return { body: `data: ${JSON.stringify({ choices: [{ index: 0, delta }] })}\n\n` }
  }
  if (chunks === undefined) return { status, headers, body: Buffer.from(body ?? '', 'latin1') }
  const repeated = Array.from({ length: again?.times ?? 0 }, () => again?.chunk ?? {})
  const events = [...chunks, ...repeated, ...behind].map((chunk) =>
    typeof chunk === 'string' ? chunk : JSON.stringify(chunk),
  )
  return { status, headers, body: [...events, '[DONE]'].map((event) => `data: ${event}\n\n`) }
}

/** What is not as the file has it. */
function differences({ client, billed, metrics }: LyingHost, outcome: Outcome): string[] {
  const { got, ours, record } = outcome
  const wrong: string[] = []
  const same = (what: string, is: unknown, should: unknown): void => {
    if (!isDeepStrictEqual(is, should)) wrong.push(`${what} is ${JSON.stringify(is)} and not ${JSON.stringify(should)}`)
  }
  same('status', got.status, client.status ?? 200)
  same('text', client.blanks === true ? got.text.trimEnd() : got.text, client.text ?? '')
  same('reasoning', got.reasoning, client.reasoning ?? '')
  same(
    'calls',
    got.calls.map((made) => [made.name, made.arguments]),
    client.calls ?? [],
  )
  same('finish', got.finish, client.finish ?? null)
  same('error', got.error?.message, client.error)
  same('[DONE]', got.done, client.error === undefined)
  const wait = Number(got.headers.get('retry-after') ?? 0)
  if (wait > (client.retry_after_at_most ?? Infinity)) wrong.push(`it is told to wait ${wait} s`)
  const paid = [record['prompt_tokens'], record['completion_tokens']]
  if (billed === null) same('billed', paid, [0, 0])
  else if (billed !== 'what was given') {
    same('billed', paid, [billed.prompt === 'ours' ? ours : billed.prompt, billed.completion])
    same('usage', [got.usage?.prompt_tokens, got.usage?.completion_tokens], paid)
  } else if (!(Number(paid[1]) > 0)) wrong.push('what was given is not billed')
  same('metrics', outcome.metrics, metrics)
  return wrong
}

/** For a table. */
function told({ got, record, metrics }: Outcome): Pick<PlayedHost, 'gets' | 'billed' | 'metrics'> {
  const shown = [
    got.status === 200 ? '' : String(got.status),
    got.reasoning === '' ? '' : `thought ${quoted(got.reasoning)}`,
    got.text === '' ? '' : quoted(got.text),
    ...got.calls.map((made) => `\`${made.name}(${made.arguments})\``),
    got.finish ?? '',
    got.error === undefined ? '' : `error: ${got.error.message}`,
  ]
  const counters = Object.keys(metrics).map((series) => {
    const [, name = '', kind = ''] = /^moonbase_(\w+)_total\{.*(?:kind|outcome)="([^"]*)"/.exec(series) ?? []
    return `${name} \`${kind}\``
  })
  return {
    gets: shown.filter((part) => part !== '').join(', '),
    billed: `${String(record['prompt_tokens'])} + ${String(record['completion_tokens'])}`,
    metrics: counters.join(', '),
  }
}

function quoted(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > 48 ? `\`${line.slice(0, 40)}…\` (${text.length} characters)` : `\`${line}\``
}
