/**
 * Seeded mutations of valid requests to every face: whatever comes, the answer is a 2xx or a 4xx in the form of that face, and
 * the server goes on. The seed is printed; `MOONBASE_FUZZ_SEED` replays it. The suite `fuzzed-requests` makes ten thousand each.
 */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type CalledReply, call } from './support/call.ts'
import { type Face, askFace } from './faces/face.ts'
import { FACES } from './faces/faces.ts'
import { mutate } from './support/mutate.ts'
import { seededRandom } from './support/every-split.ts'
import { type TestServer, startServer } from './support/start-server.ts'

const ROUNDS = Number(process.env['MOONBASE_FUZZ_ROUNDS'] ?? 320)
const PARALLEL = 16
const seed = Number(process.env['MOONBASE_FUZZ_SEED'] ?? 20_261_120)

/** Of a stream: what is told there may be the caller's affair, as the window is that is full, and never ours. */
const OURS = /server_error|api_error|unknown_error|internal|^(?:1000|30\d\d)$/
/** Cloudflare has no 5xx for an engine that is away, cuts its answer or takes too long. */
const OUR_STATUSES = [408, 429]

function assertTold(face: Face, { status, headers, text, json }: CalledReply, shown: string): void {
  assert.ok(status < 500 && !OUR_STATUSES.includes(status), shown)
  if (status >= 400) {
    const refusal = face.refusalIn(json)
    assert.ok(refusal !== undefined && refusal.message.length < 1500, shown)
  } else if ((headers.get('content-type') ?? '').startsWith('text/event-stream')) {
    const { complete, failure } = face.readStream(text)
    assert.notEqual(complete, failure !== undefined, shown)
    assert.doesNotMatch(failure?.type ?? '', OURS, shown)
  } else {
    assert.notEqual(face.saidIn(json), undefined, shown)
  }
}

describe('the server under mutated requests', () => {
  let server: TestServer
  before(async () => {
    server = await startServer()
  })
  after(() => server.close())

  for (const face of FACES) {
    it(`answers ${ROUNDS} of them at ${face.name} without a 5xx (seed ${seed})`, async () => {
      const random = seededRandom(seed)
      const statuses = new Map<number, number>()
      const one = async (): Promise<void> => {
        const body = mutate(face.seeds, random)
        const reply = await askFace(face, server, { body })
        statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1)
        const shown = `seed ${seed}: ${body.slice(0, 2000)}\n→ ${reply.status} ${reply.text.slice(0, 500)}`
        assertTold(face, reply, shown)
      }
      for (let round = 0; round < ROUNDS; round += PARALLEL) await Promise.all(Array.from({ length: PARALLEL }, one))
      assert.equal((await call(`${server.url}/health`)).status, 200)
      // A fuzzer whose requests are all refused at the door would show nothing.
      assert.ok((statuses.get(200) ?? 0) > ROUNDS / 25, `too few accepted: ${JSON.stringify([...statuses])}`)
    })
  }

  it('answers every seed as it is', async () => {
    for (const face of FACES) {
      for (const body of face.seeds) {
        const reply = await askFace(face, server, { body })
        assert.equal(reply.status, 200, `${face.name}: ${JSON.stringify(body).slice(0, 500)} → ${reply.text}`)
        assertTold(face, reply, reply.text)
      }
    }
  })
})
