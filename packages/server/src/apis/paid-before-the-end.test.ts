/** An answer is paid for before its last byte: nothing that says "complete", or that it failed, goes out while its end is being kept. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { EngineError, foldReply } from '@moonbase/core/generation'
import { ApiError, apiError } from '@moonbase/protocol'
import type { Script } from '../../../../test/support/scripted-engines.ts'
import type { BodySink, Exchange } from '../http/exchange.ts'
import { LedgerError } from '../ledger/ledger.ts'
import { GOOD, GOOD_COST, START, inferenceBench, requestOf, text } from '../inference/testing/inference-bench.ts'
import { StreamStore } from '../streams/stream-store.ts'
import { answerStream } from './answer-stream.ts'
import type { Answer } from './start-answer.ts'

/** A bench whose ends are kept only when it is said. */
function slowLedger(script: Script) {
  const bench = inferenceBench([script])
  const asked = Promise.withResolvers<void>()
  const kept = Promise.withResolvers<void>()
  bench.seen.onSettle = () => {
    asked.resolve()
    return kept.promise
  }
  return { bench, asked: asked.promise, keep: kept.resolve }
}

/** Whatever waits for nothing else has had its turns. */
async function turns(): Promise<void> {
  for (let left = 20; left > 0; left -= 1) await setImmediate()
}

/** A streamed answer in a toy wire, and what its client has got of it so far. */
async function streamOf(bench: ReturnType<typeof inferenceBench>) {
  let got = ''
  let ended = false
  const sink: BodySink = {
    write: (piece) => void (got += String(piece)),
    end: () => void (ended = true),
  }
  const exchange = {
    id: 'exchange',
    notes: {},
    signal: new AbortController().signal,
    setHeader: () => undefined,
    open: () => sink,
  } as unknown as Exchange
  const streams = new StreamStore(bench.clock)
  const writer = streams.open('org-1', { detach: false, eventIds: false }, exchange)
  const running = await bench.service.start(requestOf(bench, { whole: false }, { signal: writer.signal }))
  const encoder = {
    push: ({ type }: { readonly type: string }) => `data: ${type}\n\n`,
    end: () => 'data: [DONE]\n\n',
    fail: ({ code }: { readonly code: string }) => `data: failed ${code}\n\n`,
  }
  const answer = {
    exchange,
    running,
    writer,
    events: () => encoder,
    leniency: [],
    services: { clock: bench.clock, openStreams: { streamOpened: () => undefined, streamClosed: () => undefined } },
  } as unknown as Answer
  const done = answerStream(answer, writer, ({ code }) => `data: failed ${code}\n\n`)
  return {
    done,
    seen: () => ({ got, ended }),
    async [Symbol.asyncDispose]() {
      await streams.close(apiError('shutting_down'))
      await bench.close()
    },
  }
}

describe('while the end of an answer is being kept', () => {
  it('its stream says neither that it is complete nor that nothing follows', async () => {
    const { bench, asked, keep } = slowLedger(GOOD)
    await using stream = await streamOf(bench)
    await asked
    await turns()
    const before = stream.seen()
    assert.match(before.got, /data: text/)
    assert.doesNotMatch(before.got, /DONE/)
    assert.equal(before.ended, false)
    assert.equal(bench.seen.ends.length, 0)
    keep()
    await stream.done
    assert.match(stream.seen().got, /data: \[DONE\]\n\n$/)
    assert.equal(stream.seen().ended, true)
    assert.equal(bench.seen.ends[0]?.end.cost, GOOD_COST)
  })

  it('its stream does not say either that it has failed', async () => {
    const failure = new EngineError('cut', 'the connection was reset', { engine: 'e' })
    const { bench, asked, keep } = slowLedger({ events: [START, text('one ')], failure })
    await using stream = await streamOf(bench)
    await asked
    await turns()
    assert.doesNotMatch(stream.seen().got, /failed/)
    assert.equal(stream.seen().ended, false)
    keep()
    await stream.done
    assert.match(stream.seen().got, /data: failed engine_cut\n\n$/)
    assert.doesNotMatch(stream.seen().got, /DONE/)
  })

  it('a whole reply is not there', async () => {
    const { bench, asked, keep } = slowLedger(GOOD)
    const running = await bench.service.start(requestOf(bench, { whole: true }))
    let folded = false
    const reply = foldReply(running.events).then((whole) => {
      folded = true
      return whole
    })
    await asked
    await turns()
    assert.equal(folded, false)
    assert.equal(bench.seen.ends.length, 0)
    keep()
    assert.equal((await reply).choices[0]?.text, 'one two')
    assert.equal(running.receipt?.cost, GOOD_COST)
    await bench.close()
  })

  it('its slot is taken, and a reader that leaves waits for the end too', async () => {
    const { bench, asked, keep } = slowLedger({ events: [START, text('one ')], silent: true })
    const running = await bench.service.start(requestOf(bench, { whole: false }))
    let left = false
    const leaving = (async () => {
      for await (const event of running.events) if (event.type === 'text') break
      left = true
    })()
    await asked
    await turns()
    assert.deepEqual([left, bench.limiter.figures.running], [false, 1])
    keep()
    await leaving
    assert.equal(bench.limiter.figures.running, 0)
    await bench.close()
  })
})

it('an answer whose end cannot be kept fails with what the disk said, for our log', async () => {
  const bench = inferenceBench()
  bench.seen.failing = 1
  const running = await bench.service.start(requestOf(bench, { whole: true }))
  await assert.rejects(foldReply(running.events), (error) => {
    assert.ok(error instanceof ApiError && error.cause instanceof LedgerError)
    assert.deepEqual([error.code, error.cause.message], ['ledger_unavailable', 'the disk is full'])
    assert.match(error.message, /an end could not be kept/)
    return true
  })
  await bench.close()
})
