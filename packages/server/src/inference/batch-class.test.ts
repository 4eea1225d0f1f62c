import assert from 'node:assert/strict'
import { it } from 'node:test'
import { foldReply } from '@moonbase/core/generation'
import { Promised } from '../collections/promised.ts'
import type { RequestClass } from '../records/request-record.ts'
import {
  GOOD,
  GOOD_COST,
  type inferenceBench as Bench,
  inferenceBench,
  refusalOf,
  requestOf,
} from './testing/inference-bench.ts'

/** What batch work costs of the price of the catalogue, in percent. */
const PERCENT = 60

it('ten lines of class batch never go before interactive requests, and cost less', async () => {
  let open = new Promised<void>()
  const begun: string[] = []
  const script = { ...GOOD, wait: () => open.promise }
  const bench = inferenceBench([script], { limits: { concurrency: 2 } })
  const running: Promise<unknown>[] = []
  const ask = (of: RequestClass): void => {
    running.push(answer(bench, of, begun))
  }
  // Two people have the slots of people, and two more wait for them.
  for (let person = 0; person < 4; person += 1) ask('interactive')
  await bench.clock.pass(0)
  for (let line = 0; line < 10; line += 1) ask('batch')
  await bench.clock.pass(0)
  // The slots of batch work are free, and nobody has them while people wait.
  assert.deepEqual(begun, ['interactive', 'interactive'])
  const refusal = await refusalOf(bench.service.start(requestOf(bench, {}, { class: 'batch' })))
  assert.equal(refusal.code, 'concurrency_limit')
  // More people come, and are let in before the lines that came earlier.
  for (let person = 0; person < 2; person += 1) ask('interactive')
  for (let turn = 0; turn < 10; turn += 1) {
    open.resolve()
    open = new Promised<void>()
    await bench.clock.pass(0)
  }
  await Promise.all(running)
  assert.equal(begun.filter((of) => of === 'batch').length, 10)
  assert.ok(begun.indexOf('batch') > begun.lastIndexOf('interactive'), begun.join(' '))
  assert.deepEqual(
    bench.seen.settled.map((record) => `${record.class}: ${record.cost}`),
    begun.map((of) => `${of}: ${of === 'batch' ? (GOOD_COST * PERCENT) / 100 : GOOD_COST}`),
  )
  assert.equal(bench.limiter.figures.running, 0)
  await bench.close()
})

async function answer(bench: ReturnType<typeof Bench>, of: RequestClass, begun: string[]): Promise<void> {
  const request = requestOf(bench, {}, { class: of, waitMs: 60_000 })
  const inference = await bench.service.start(request)
  begun.push(of)
  await foldReply(inference.events)
}
