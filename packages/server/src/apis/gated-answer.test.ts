import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ApiError, apiError } from '@moonbase/protocol'
import { type ManualClock, manualClock } from '../../../../test/support/manual-clock.ts'
import { keyAccount } from '../accounts/testing/account-fixtures.ts'
import { MemoryDocuments } from '../documents/memory-documents.ts'
import type { KeyAccount } from '../accounts/accounts.ts'
import type { CacheLimits } from '../gateways/answer-cache.ts'
import type { GatewayLog } from '../gateways/gateway-log.ts'
import { DEFAULT_SETTINGS, type GatewaySettings } from '../gateways/gateway-object.ts'
import { ALL_LOGS } from '../gateways/log-query.ts'
import { openGateways } from '../gateways/open-gateways.ts'
import { spendRule } from '../gateways/testing/gateway-fixtures.ts'
import { EVENT_STREAM } from '../http/open-events.ts'
import { type AnswerRoute, type GatedRequest, type GatedStep, gatedAnswer } from './gated-answer.ts'
import { bodyOfJson } from './step-body.ts'
import { type RecordedExchange, recordedExchange } from './testing/recorded-exchange.ts'

const TYPE = 'application/json'

/** Everything but engines: what is asked is answered by a function. */
function bench(settings: Partial<GatewaySettings> = {}, cache: Partial<CacheLimits> = {}) {
  const clock: ManualClock = manualClock()
  const lost: unknown[] = []
  const noted: { readonly id: string; readonly parent: string | null; readonly labels: unknown }[] = []
  const through = openGateways({
    documents: new MemoryDocuments(() => clock.now()),
    now: () => clock.now(),
    onLost: (cause) => void lost.push(cause),
    cache,
  })
  const gated = gatedAnswer({
    through,
    clock,
    inference: { note: ({ id, parent, labels }) => void noted.push({ id, parent, labels }) },
  })
  let made = 0
  let isThere = false
  return {
    clock,
    through,
    lost,
    noted,
    async ask(
      steps: readonly AnswerRoute[],
      more: Partial<Omit<GatedRequest, 'steps'>> = {},
      of: { key?: Partial<KeyAccount>; query?: unknown; wishes?: readonly GatedStep['wishes'][] } = {},
    ): Promise<{ exchange: RecordedExchange; failure: ApiError | undefined }> {
      const key = keyAccount(of.key)
      if (!isThere) await through.gateways.create(key.organisation, 'g', { ...DEFAULT_SETTINGS, ...settings })
      isThere = true
      made += 1
      const exchange = recordedExchange(`exchange-${made}`)
      const asked = steps.map((answer, index) => stepOf(answer, index, of.query ?? { q: 1 }, of.wishes?.[index]))
      const [first, ...others] = asked
      assert.ok(first !== undefined)
      const request = { gateway: 'g', wishes: {}, authenticated: true, ...more, steps: [first, ...others] as const }
      try {
        await gated(exchange, { key, parameters: {} }, request)
        return { exchange, failure: undefined }
      } catch (error) {
        assert.ok(error instanceof ApiError, String(error))
        return { exchange, failure: error }
      }
    },
    logs: async (owner = 'org-a'): Promise<readonly GatewayLog[]> =>
      (await through.logs.find(owner, 'g', ALL_LOGS, 1, 50)).logs,
  }
}

function stepOf(answer: AnswerRoute, index: number, query: unknown, wishes: GatedStep['wishes']): GatedStep {
  const wire = { bytes: undefined, parameters: {}, body: () => query, header: () => undefined }
  const step = {
    provider: `p${index}`,
    endpoint: 'chat/completions',
    model: 'm',
    wire,
    body: bodyOfJson(query),
    answer,
  }
  return wishes === undefined ? step : { ...step, wishes }
}

const whole =
  (text: string): AnswerRoute =>
  async (exchange) => {
    exchange.setHeader('x-moonbase-served-by', 'somebody')
    exchange.setHeader('x-moonbase-stream-id', 'mine alone')
    exchange.send(200, TYPE, text)
  }

const streamed =
  (...pieces: readonly string[]): AnswerRoute =>
  async (exchange) => {
    const sink = exchange.open(200, EVENT_STREAM, [['Cache-Control', 'no-cache']])
    for (const piece of pieces) await sink.write(piece)
    sink.end()
  }

const refusing =
  (failure: ApiError): AnswerRoute =>
  async () => {
    throw failure
  }

/** Waits until its attempt is given up. */
const silent: AnswerRoute = (exchange) =>
  new Promise((_, reject) => {
    exchange.signal.addEventListener('abort', () => reject(exchange.signal.reason), { once: true })
  })

const overloaded = apiError('engine_overloaded')
const cached = { cacheTtl: 60 }

describe('an answer through a gateway', () => {
  it('is what its step answers, with what the gateway says of it', async () => {
    const { ask, logs } = bench()
    const { exchange } = await ask([whole('{"a":1}')], { wishes: { eventId: 'mine', metadata: { user: 'ann' } } })
    const { 'cf-aig-log-id': id, ...headers } = exchange.reply.headers
    assert.deepEqual([exchange.reply.status, exchange.reply.contentType, exchange.reply.text], [200, TYPE, '{"a":1}'])
    assert.deepEqual(headers, {
      'cf-aig-request-id': 'exchange-1',
      'cf-aig-event-id': 'mine',
      'cf-aig-cache-status': 'MISS',
      'cf-aig-step': '0',
      'cf-aig-model': 'm',
      'cf-aig-provider': 'p0',
      'x-moonbase-served-by': 'somebody',
      'x-moonbase-stream-id': 'mine alone',
    })
    const [log] = await logs()
    assert.deepEqual(
      [log?.id, log?.eventId, log?.metadata, log?.success, log?.cached, log?.responseSize],
      [id, 'mine', { user: 'ann' }, true, false, 7],
    )
  })

  it('has no log where none is wanted, nor an id of one', async () => {
    const { ask, logs } = bench()
    const { exchange } = await ask([whole('{}')], { wishes: { collectLog: false } })
    assert.ok(!('cf-aig-log-id' in exchange.reply.headers))
    assert.deepEqual(await logs(), [])
  })

  it('needs a gateway that is there, and the key that it asks for', async () => {
    const { ask } = bench({ authentication: true })
    assert.equal((await ask([whole('{}')], { gateway: 'none' })).failure?.code, 'gateway_not_found')
    assert.equal((await ask([whole('{}')], { authenticated: false })).failure?.code, 'gateway_unauthorized')
    assert.equal((await ask([whole('{}')])).failure, undefined)
    assert.equal((await ask([whole('{}')], { gateway: 'default', authenticated: false })).failure, undefined)
  })

  it('is refused past the limits of its gateway', async () => {
    const { ask } = bench({ rateLimitingInterval: 60, rateLimitingLimit: 2 })
    const codes = []
    for (let n = 0; n < 3; n += 1) codes.push((await ask([whole('{}')])).failure?.code)
    assert.deepEqual(codes, [undefined, undefined, 'gateway_rate_limit'])
  })

  it('counts what somebody says that it costs, and is refused when that is spent', async () => {
    const { ask, logs } = bench({ spendLimits: { enabled: true, rules: [spendRule({ limit: 1 })] } })
    const dear = { wishes: { customCost: { totalCost: 2 } } }
    assert.equal((await ask([whole('{}')], dear)).failure, undefined)
    const { failure, exchange } = await ask([whole('{}')], dear)
    assert.equal(failure?.code, 'gateway_spend_limit')
    assert.equal(exchange.reply.headers['cf-aig-step'], '0')
    const [log] = await logs()
    assert.deepEqual([log?.cost, log?.customCost], [2, true])
  })
})

describe('an answer that is cached', () => {
  it('is given again byte for byte, and nobody is asked', async () => {
    const { ask, logs, noted } = bench()
    let asked = 0
    const answer: AnswerRoute = (exchange, caller) => whole(`{"n":${(asked += 1)}}`)(exchange, caller)
    const first = await ask([answer], { wishes: cached })
    const second = await ask([answer], { wishes: cached })
    assert.deepEqual([asked, second.exchange.reply.text], [1, '{"n":1}'])
    assert.deepEqual(
      [first, second].map(({ exchange }) => exchange.reply.headers['cf-aig-cache-status']),
      ['MISS', 'HIT'],
    )
    // Nobody comes back to a stream that is not his.
    assert.deepEqual(
      [second.exchange.reply.headers['x-moonbase-served-by'], second.exchange.reply.headers['x-moonbase-stream-id']],
      ['somebody', undefined],
    )
    const [log] = await logs()
    assert.deepEqual([log?.cached, log?.cost, log?.success], [true, 0, true])
    assert.deepEqual(
      noted.map(({ id, parent }) => [id, parent]),
      [['exchange-2', null]],
    )
  })

  it('is a stream again where it was one, with the same headers of its body', async () => {
    const { ask } = bench({ cacheTtl: 60 })
    const pieces = ['data: {"a":"ü"}\n\n', 'data: [DONE]\n\n']
    const { exchange: first } = await ask([streamed(...pieces)])
    const { exchange: second } = await ask([refusing(overloaded)])
    for (const { reply } of [first, second]) {
      assert.deepEqual([reply.text, reply.contentType, reply.ended], [pieces.join(''), EVENT_STREAM, true])
      assert.equal(reply.headers['Cache-Control'], 'no-cache')
    }
    assert.equal(second.reply.headers['cf-aig-cache-status'], 'HIT')
  })

  it('comes in pieces of whole events, also where one is larger than a piece', async () => {
    const { ask } = bench({ cacheTtl: 60 })
    const event = (characters: number): string => `data: ${'x'.repeat(characters)}\n\n`
    const pieces = [...Array.from({ length: 200 }, () => event(1_000)), event(100_000), event(1)]
    await ask([streamed(...pieces)])
    const { reply } = (await ask([refusing(overloaded)])).exchange
    assert.equal(reply.text, pieces.join(''))
    assert.ok(reply.pieces.length > 3, `${reply.pieces.length} pieces`)
    for (const piece of reply.pieces) {
      assert.ok(piece.endsWith('\n\n'))
      assert.ok(piece.length <= 64 * 1024 || piece === event(100_000), `${piece.length} characters`)
    }
  })

  it('is nobody else’s: another organisation, body, gateway, provider, or a stream', async () => {
    const { ask, through } = bench({ cacheTtl: 60 })
    await through.gateways.create('org-b', 'g', { ...DEFAULT_SETTINGS, cacheTtl: 60 })
    const status = async (...[more, of]: [Parameters<typeof ask>[1]?, Parameters<typeof ask>[2]?]) =>
      (await ask([whole('{}')], more, of)).exchange.reply.headers['cf-aig-cache-status']
    const seen = [
      await status(),
      await status(),
      await status({}, { key: { organisation: 'org-b' } }),
      await status({}, { query: { q: 2 } }),
      await status({ gateway: 'default', wishes: cached }),
      await status({ wishes: { cacheKey: 'k' } }),
      await status({ wishes: { cacheKey: 'k' } }, { query: { q: 3 } }),
      await status({ wishes: { cacheKey: 'k' } }, { query: { stream: true } }),
      await status({}, { key: { lenient: new Set(['relax-schema']) } }),
      await status({ wishes: { skipCache: true } }),
    ]
    assert.deepEqual(seen, ['MISS', 'HIT', 'MISS', 'MISS', 'MISS', 'MISS', 'HIT', 'MISS', 'MISS', 'MISS'])
  })

  it('is not given to a key that may not ask', async () => {
    const { ask } = bench({ cacheTtl: 60 })
    await ask([whole('{}')])
    const { failure } = await ask([whole('{}')], {}, { key: { models: new Set(['another']) } })
    assert.equal(failure?.code, 'model_not_found')
  })

  it('is asked for anew behind its time, and behind a change that is to empty the cache', async () => {
    const { ask, clock, through } = bench({ cacheTtl: 60, cacheInvalidateOnUpdate: true })
    const status = async () => (await ask([whole('{}')])).exchange.reply.headers['cf-aig-cache-status']
    assert.deepEqual([await status(), await status()], ['MISS', 'HIT'])
    await clock.pass(60_000)
    assert.deepEqual([await status(), await status()], ['MISS', 'HIT'])
    await clock.pass(1_000)
    await through.gateways.change('org-a', 'g', (settings) => settings)
    assert.equal(await status(), 'MISS')
  })

  it('was whole: nothing is kept that was cut, refused, left or too large', async () => {
    const { ask, through } = bench({ cacheTtl: 60 }, { answerBytes: 100 })
    const cut: AnswerRoute = async (exchange) => {
      const sink = exchange.open(200, EVENT_STREAM)
      await sink.write('data: {}\n\n')
      exchange.notes.failure = apiError('engine_cut')
      await sink.write('data: {"error":{}}\n\n')
      sink.end()
    }
    const broken: AnswerRoute = async (exchange) => {
      await exchange.open(200, EVENT_STREAM).write('data: {}\n\n')
      throw apiError('internal')
    }
    const unended: AnswerRoute = async (exchange) => void exchange.open(200, EVENT_STREAM).write('data: {}\n\n')
    const unwell: AnswerRoute = async (exchange) => exchange.send(503, TYPE, '{}')
    for (const answer of [
      cut,
      broken,
      unended,
      unwell,
      refusing(overloaded),
      streamed('x'.repeat(101)),
      whole('x'.repeat(101)),
    ]) {
      await ask([answer])
      assert.equal(through.cache.figures.answers, 0)
    }
    assert.equal(through.cache.figures.bytes, 0)
  })
})

describe('steps', () => {
  it('are tried until one answers, each with a log of its own', async () => {
    const { ask, logs } = bench()
    const { exchange, failure } = await ask([
      refusing(overloaded),
      refusing(apiError('internal')),
      whole('{"c":3}'),
      silent,
    ])
    assert.deepEqual([failure, exchange.reply.text, exchange.reply.headers['cf-aig-step']], [undefined, '{"c":3}', '2'])
    assert.deepEqual(
      (await logs()).map(({ step, provider, success, statusCode }) => [step, provider, success, statusCode]),
      [
        [2, 'p2', true, 200],
        [1, 'p1', false, 500],
        [0, 'p0', false, 429],
      ],
    )
    const [last] = await logs()
    assert.equal(exchange.reply.headers['cf-aig-log-id'], last?.id)
  })

  it('that all refuse say what the last one said, and which that was', async () => {
    const { ask } = bench()
    const { exchange, failure } = await ask([refusing(apiError('internal')), refusing(overloaded)])
    assert.deepEqual([failure?.code, exchange.reply.headers['cf-aig-step']], ['engine_overloaded', '1'])
    assert.equal(exchange.reply.status, undefined)
  })

  it('are not tried behind the first byte of one, whatever becomes of it', async () => {
    const { ask } = bench()
    const broken: AnswerRoute = async (exchange) => {
      await exchange.open(200, EVENT_STREAM).write('data: {}\n\n')
      throw apiError('internal')
    }
    const { exchange, failure } = await ask([broken, whole('{}')])
    assert.deepEqual([failure?.code, exchange.reply.text, exchange.reply.ended], ['internal', 'data: {}\n\n', false])
  })

  it('are not tried for a client who has left', async () => {
    const { ask, clock } = bench()
    let others = 0
    const asking = ask([
      (exchange, caller) => {
        queueMicrotask(() => left.abort(apiError('client_closed')))
        const left = exchange
        return silent(exchange, caller)
      },
      async () => void (others += 1),
    ])
    await clock.pass(1)
    const { exchange } = await asking
    assert.equal(exchange.reply.status, undefined)
    assert.equal(others, 0)
  })

  it('are parts of one exchange: the first attempt has its id, the others have it as their parent', async () => {
    const { ask } = bench()
    const parts: (readonly [id: string, parent: string | null | undefined, labels: unknown])[] = []
    const seen =
      (answer: AnswerRoute): AnswerRoute =>
      (exchange, caller) => {
        parts.push([exchange.id, caller.part?.parent, caller.part?.labels])
        return answer(exchange, caller)
      }
    await ask([seen(refusing(overloaded)), seen(whole('{}'))], { wishes: { eventId: 'e' } })
    const [first, second] = parts
    assert.deepEqual(first, ['exchange-1', null, { gateway: 'g', gateway_step: '0', gateway_event: 'e' }])
    assert.match(second?.[0] ?? '', /^[\da-f-]{36}$/)
    assert.deepEqual(second?.slice(1), ['exchange-1', { gateway: 'g', gateway_step: '1', gateway_event: 'e' }])
  })
})

describe('attempts', () => {
  it('are as many as allowed, with waits between them, of what may pass', async () => {
    const { ask, clock, logs } = bench()
    let asked = 0
    const answer: AnswerRoute = (exchange, caller) => {
      asked += 1
      return asked < 3 ? Promise.reject(overloaded) : whole('{}')(exchange, caller)
    }
    const retries = { maxAttempts: 3, retryDelayMs: 100, backoff: 'linear' as const }
    const asking = ask([answer], { wishes: { retries } })
    await clock.pass(0)
    assert.equal(asked, 1)
    await clock.pass(100)
    assert.equal(asked, 2)
    await clock.pass(199)
    assert.equal(asked, 2)
    await clock.pass(1)
    assert.deepEqual([(await asking).failure, asked, (await logs()).length], [undefined, 3, 1])
  })

  it('are one where the request itself is wrong, or the money is gone', async () => {
    const { ask } = bench({ retryMaxAttempts: 5, retryDelay: 0 })
    for (const error of [
      apiError('invalid_request', { details: 'x' }),
      apiError('quota_exceeded', { organisation: 'o', credit: '0' }),
    ]) {
      let asked = 0
      const { failure } = await ask([
        () => {
          asked += 1
          return Promise.reject(error)
        },
      ])
      assert.deepEqual([failure, asked], [error, 1])
    }
  })

  it('are given up at the request timeout, but for the last of several, and then the next step is asked', async () => {
    const { ask, clock } = bench()
    const alone = ask([silent], { wishes: { requestTimeoutMs: 50 } })
    await clock.pass(0)
    await clock.pass(50)
    assert.equal((await alone).failure?.code, 'gateway_timeout')
    const next = ask([silent, whole('{"b":2}')], {}, { wishes: [{ requestTimeoutMs: 20 }, undefined] })
    await clock.pass(0)
    await clock.pass(20)
    assert.deepEqual((await next).exchange.reply.text, '{"b":2}')
    let asked = 0
    const last = Promise.withResolvers<void>()
    const slow: AnswerRoute = async (exchange, caller) => {
      asked += 1
      if (asked < 3) return silent(exchange, caller)
      await last.promise
      return whole('{"late":true}')(exchange, caller)
    }
    const retries = { maxAttempts: 3, retryDelayMs: 0 }
    const patient = ask([slow], { wishes: { requestTimeoutMs: 50, retries } })
    for (let n = 0; n < 20; n += 1) await clock.pass(50)
    assert.equal(asked, 3)
    last.resolve()
    assert.equal((await patient).exchange.reply.text, '{"late":true}')
  })

  it('whose first byte came in time are not given up', async () => {
    const { ask, clock } = bench()
    const more = Promise.withResolvers<void>()
    const asking = ask(
      [
        async (exchange) => {
          const sink = exchange.open(200, EVENT_STREAM)
          await sink.write('data: 1\n\n')
          await more.promise
          exchange.signal.throwIfAborted()
          await sink.write('data: 2\n\n')
          sink.end()
        },
      ],
      { wishes: { requestTimeoutMs: 50 } },
    )
    await clock.pass(500)
    more.resolve()
    assert.equal((await asking).exchange.reply.text, 'data: 1\n\ndata: 2\n\n')
    assert.equal(clock.sleepers, 0)
  })
})

describe('bodies', () => {
  it('are kept where the project keeps contents, and the gateway has nothing against it', async () => {
    const { ask, through, logs } = bench()
    const keeps = { key: { contentRetentionDays: 7 }, query: { q: 'ü' } }
    const kept = async () => {
      const [log] = await logs()
      const side = (name: 'request' | 'response') => through.logs.body('org-a', 'g', log?.id ?? '', name)
      return [(await side('request'))?.text, (await side('response'))?.text]
    }
    await ask([streamed('data: 1\n\n', 'data: 2\n\n')], {}, keeps)
    assert.deepEqual(await kept(), ['{"q":"ü"}', 'data: 1\n\ndata: 2\n\n'])
    await ask([whole('{}')], { wishes: { collectLogPayload: false } }, keeps)
    assert.deepEqual(await kept(), [undefined, undefined])
    await ask([whole('{}')])
    assert.deepEqual(await kept(), [undefined, undefined])
    await through.gateways.change('org-a', 'g', (settings) => ({ ...settings, zdr: true }))
    await ask([whole('{}')], {}, keeps)
    assert.deepEqual(await kept(), [undefined, undefined])
  })
})
