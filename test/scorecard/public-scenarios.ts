/**
 * The sixteen scenarios of the public failover suite (Failover Bench, MIT), played again in our own words: each is judged
 * by what the client received. Waits are shortened; what is waited for is not.
 */

import { type Outcome, type Scenario, isWhole, judge, openStage, type StageOptions } from './stage.ts'

/** The answer has sixty parts of four chunks each; a third of it is missing when it is cut here. */
const TWO_THIRDS = 200

function answered(options: StageOptions, check?: (stage: Awaited<ReturnType<typeof openStage>>) => string | undefined) {
  return async (): Promise<Outcome> => {
    await using stage = await openStage(options)
    const outcome = judge(await stage.ask(), stage.answer)
    const wrong = check?.(stage)
    return wrong === undefined ? outcome : { verdict: 'fail', seen: wrong }
  }
}

const once =
  <Value>(value: Value) =>
  (count: number): Value | undefined =>
    count === 0 ? value : undefined

export const PUBLIC_SCENARIOS: readonly Scenario[] = [
  {
    id: 'S01',
    name: '429 with Retry-After, once',
    play: answered({ primary: { fault: once({ status: 429, headers: { 'retry-after': '1' } }) } }),
  },
  {
    id: 'S02',
    name: '429 for ever',
    play: answered({ primary: { fault: () => ({ status: 429, headers: { 'retry-after': '1' } }) } }, ({ primary }) =>
      primary.bodies.length > 2 ? `asked ${primary.bodies.length} times` : undefined,
    ),
  },
  { id: 'S03', name: 'one 500', play: answered({ primary: { fault: once({ status: 500 }) } }) },
  { id: 'S04', name: '503', play: answered({ primary: { fault: () => ({ status: 503 }) } }) },
  { id: 'S05', name: 'TCP reset', play: answered({ primary: { fault: () => ({ before: 'reset' }) } }) },
  { id: 'S06', name: 'no answer', play: answered({ primary: { fault: () => ({ before: 'silence' }) } }) },
  {
    id: 'S07',
    name: 'long time to the first token',
    play: answered({ primary: { fault: () => ({ before: 'silence', ms: 10_000 }) } }),
  },
  {
    id: 'S08',
    name: 'cut after two thirds of the chunks',
    play: answered({ primary: { fault: () => ({ after: TWO_THIRDS, how: 'cut' }) } }),
  },
  {
    id: 'S09',
    name: 'stall in mid-stream',
    play: answered({ primary: { fault: () => ({ after: TWO_THIRDS, how: 'stall' }) } }),
  },
  {
    id: 'S10',
    name: 'malformed chunk',
    play: answered({ primary: { fault: () => ({ after: TWO_THIRDS, how: 'malformed' }) } }),
  },
  { id: 'S11', name: 'no [DONE]', play: answered({ primary: { fault: () => ({ after: 'finish' }) } }) },
  {
    id: 'S12',
    name: 'context too long',
    play: refused(
      400,
      JSON.stringify({
        error: { message: "This model's maximum context length is 262144 tokens.", type: 'invalid_request_error' },
      }),
      ({ message }) => message.includes('262144'),
    ),
  },
  {
    id: 'S13',
    name: 'content filter',
    play: refused(
      400,
      JSON.stringify({
        error: { message: 'The request was rejected because it was considered high risk', type: 'content_filter' },
      }),
      ({ type }) => type === 'content_filter',
    ),
  },
  {
    id: 'S14',
    name: 'cut, and the fallback refuses a prefix',
    play: answered({
      flavours: ['moonshot', 'moonshot'],
      primary: { fault: once({ after: TWO_THIRDS, how: 'cut' } as const) },
      fallback: { refusesPrefix: true },
    }),
  },
  { id: 'S15', name: 'flapping, twenty requests', play: flapping },
  { id: 'S16', name: 'accounting of a failover', play: accounting },
]

/** What the engine refuses is refused, at once, and nobody else is asked. */
function refused(status: number, body: string, isIt: (error: { message: string; type: string }) => boolean) {
  return async (): Promise<Outcome> => {
    await using stage = await openStage({ primary: { fault: () => ({ status, body }) } })
    const seen = await stage.ask()
    const asked = stage.primary.bodies.length + stage.fallback.bodies.length
    const summary = `${seen.status}, asked ${asked} times`
    if (seen.status !== status || seen.error === undefined) return { verdict: 'fail', seen: summary }
    return { verdict: isIt(seen.error) && asked === 1 ? 'pass' : 'safe', seen: summary }
  }
}

/** The primary fails every request of three, is well for two, and so on; the client never notices. */
async function flapping(): Promise<Outcome> {
  await using stage = await openStage({
    primary: { fault: (count) => (count % 5 < 3 ? { status: 503 } : undefined) },
    routing: { breaker: { failures: 3, open_ms: 50 } },
  })
  let whole = 0
  for (let request = 0; request < 20; request += 1) if (isWhole(await stage.ask(), stage.answer)) whole += 1
  const asked = stage.primary.bodies.length + stage.fallback.bodies.length
  const summary = `${whole} of 20 whole, asked ${asked} times`
  return { verdict: whole === 20 && asked <= 40 ? 'pass' : 'fail', seen: summary }
}

/** A failover costs the client the answer, once: the prompt as estimated, and what was generated of either part. */
async function accounting(): Promise<Outcome> {
  await using stage = await openStage({ primary: { fault: () => ({ after: TWO_THIRDS, how: 'cut' }) } })
  const seen = await stage.ask()
  if (!isWhole(seen, stage.answer)) return judge(seen, stage.answer)
  const prompt = await estimate(stage.server, 'Tell me everything.')
  const output = await estimate(stage.server, stage.answer.reasoning + stage.answer.text)
  const rest = (stage.fallback.bodies.length + stage.primary.bodies.length - 1) * 400
  const { usage } = seen
  const summary = `prompt ${usage?.prompt_tokens} (${prompt}), completion ${usage?.completion_tokens}, total ${usage?.total_tokens}`
  const right =
    usage !== undefined &&
    usage.prompt_tokens === prompt &&
    usage.total_tokens === usage.prompt_tokens + usage.completion_tokens &&
    usage.completion_tokens > 0 &&
    usage.completion_tokens <= output + rest
  return { verdict: right ? 'pass' : 'fail', seen: summary }
}

async function estimate(server: { url: string; key: string }, content: string): Promise<number> {
  const reply = await fetch(`${server.url}/v1/tokenizers/estimate-token-count`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'kimi-k2.5', messages: [{ role: 'user', content }] }),
  })
  const { data } = (await reply.json()) as { data: { total_tokens: number } }
  return data.total_tokens
}
