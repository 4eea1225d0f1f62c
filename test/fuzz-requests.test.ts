/**
 * Seeded mutations of valid requests to every face: whatever comes, the answer is a 2xx or a 4xx in the form of that face, and
 * the server, in a process of its own, goes on. The seed is printed; `MOONBASE_FUZZ_SEED` replays it. The suite `fuzzed-requests`
 * makes ten thousand each.
 */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Face, waysOf } from './faces/face.ts'
import { FACES } from './faces/faces.ts'
import { call } from './support/call.ts'
import { seededRandom } from './support/every-split.ts'
import { GATEWAY_API_KEY, Gateway } from './support/gateway.ts'
import { KeptCaller, type KeptReply } from './support/kept-caller.ts'
import { mutate } from './support/mutate.ts'

const ROUNDS = Number(process.env['MOONBASE_FUZZ_ROUNDS'] ?? 320)
const PARALLEL = 16
const seed = Number(process.env['MOONBASE_FUZZ_SEED'] ?? 20_261_120)

/** Of a stream: what is told there may be the caller's affair, as the window is that is full, and never ours. */
const OURS = /server_error|api_error|unknown_error|internal|^(?:1000|30\d\d)$/
/** Cloudflare has no 5xx for an engine that is away, cuts its answer or takes too long. */
const OUR_STATUSES: ReadonlySet<number> = new Set([408, 429])

function assertTold(face: Face, { status, contentType, text }: KeptReply, shown: string): void {
  assert.ok(status < 500 && !OUR_STATUSES.has(status), shown)
  if (status >= 400) {
    const refusal = face.refusalIn(parsed(text))
    assert.ok(refusal !== undefined && refusal.message.length < 1500, shown)
  } else if (contentType.startsWith('text/event-stream')) {
    const { complete, failure } = face.readStream(text)
    assert.notEqual(complete, failure !== undefined, shown)
    assert.doesNotMatch(failure?.type ?? '', OURS, shown)
  } else {
    assert.notEqual(face.saidIn(parsed(text)), undefined, shown)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // In no form of any face.
    return undefined
  }
}

describe('the server under mutated requests', () => {
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-fuzz-'))
  let gateway: Gateway
  let caller: KeptCaller
  before(async () => {
    gateway = await Gateway.start({ folder })
    caller = new KeptCaller(gateway.url, PARALLEL)
  })
  after(async () => {
    caller.close()
    await gateway.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const ask = (face: Face, body: string): Promise<KeptReply> => {
    const [way] = waysOf(face, GATEWAY_API_KEY)
    assert.ok(way !== undefined)
    return caller.post(way.path, way.headers, body)
  }

  for (const face of FACES) {
    it(`answers ${ROUNDS} of them at ${face.name} without a 5xx (seed ${seed})`, async () => {
      const random = seededRandom(seed)
      const statuses = new Map<number, number>()
      const one = async (): Promise<void> => {
        const body = mutate(face.seeds, random)
        const reply = await ask(face, body)
        statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1)
        assertTold(face, reply, `seed ${seed}: ${body.slice(0, 2000)}\n→ ${reply.status} ${reply.text.slice(0, 500)}`)
      }
      for (let round = 0; round < ROUNDS; round += PARALLEL) await Promise.all(Array.from({ length: PARALLEL }, one))
      assert.equal((await call(`${gateway.url}/health`)).status, 200)
      // A fuzzer whose requests are all refused at the door would show nothing.
      assert.ok((statuses.get(200) ?? 0) > ROUNDS / 25, `too few accepted: ${JSON.stringify([...statuses])}`)
    })
  }

  it('answers every seed as it is', async () => {
    for (const face of FACES) {
      for (const body of face.seeds.map((each) => JSON.stringify(each))) {
        const reply = await ask(face, body)
        assert.equal(reply.status, 200, `${face.name}: ${body.slice(0, 500)} → ${reply.text}`)
        assertTold(face, reply, reply.text)
      }
    }
  })
})
