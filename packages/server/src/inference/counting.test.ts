import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { PromptCount, type TokenCounter, foldReply } from '@moonbase/core/generation'
import { characterCounter } from '../../../../test/support/scripted-engines.ts'
import { LocalInference } from './inference-service.ts'
import { type BenchOptions, FINISH, GOOD, START, inferenceBench, requestOf, text } from './testing/inference-bench.ts'

type Bench = ReturnType<typeof inferenceBench>
type Scripts = Parameters<typeof inferenceBench>[0]

/** An engine that does not say what it has read. */
const SILENT = { events: [START, text('one '), text('two'), FINISH] }
/** What that costs: a prompt of 100 and seven characters. */
const SILENT_COST = 100 * 600 + 7 * 3000

/** A service whose counter says for whom it counts prompts, and fails whoever counts one on the event loop. */
function counting(
  scripts: Scripts,
  options: { readonly keepsBooks?: boolean; readonly limits?: BenchOptions['limits'] } = {},
) {
  const owners: (string | undefined)[] = []
  const counter: TokenCounter = {
    ...characterCounter,
    bounded: (prompt, terms) => new PromptCount(counter, prompt, terms, 200),
    countPrompt: () => assert.fail('a prompt is counted on the event loop'),
    async countPromptAside(_, terms = {}) {
      owners.push(terms.owner)
      await nextTurn()
      return 100
    },
  }
  const { keepsBooks = true, limits = {} } = options
  const bench = inferenceBench(scripts, { limits })
  const parts = { ...bench.parts, counter, ledger: { ...bench.parts.ledger, keepsBooks } }
  return { bench, owners, service: new LocalInference(parts) }
}

const costsOf = ({ seen }: Bench) => seen.ends.map(({ end }) => [end.cost, end.record.prompt, end.record.completion])

describe('a prompt is counted', () => {
  it('never where its engine says what it has read', async () => {
    const { bench, owners, service } = counting([GOOD, GOOD])
    for (const whole of [true, false]) await foldReply((await service.start(requestOf(bench, { whole }))).events)
    assert.deepEqual([owners, bench.seen.ends.length], [[], 2])
    await bench.close()
  })

  it('aside where its engine does not, before the usage is told; of one known for it, while it reads', async () => {
    const { bench, owners, service } = counting([SILENT, SILENT, GOOD, GOOD])
    const asked = async (): Promise<number> => {
      const running = await service.start(requestOf(bench, { whole: false }))
      const before = owners.length
      const { usage } = await foldReply(running.events)
      assert.ok(usage !== undefined)
      return before
    }
    assert.equal(await asked(), 0)
    assert.equal(await asked(), 2)
    // It has begun to say it: the next one is counted no more.
    assert.equal(await asked(), 3)
    assert.equal(await asked(), 3)
    assert.deepEqual(owners, ['org-1', 'org-1', 'org-1'])
    assert.deepEqual(costsOf(bench).slice(0, 2), [
      [SILENT_COST, 100, 7],
      [SILENT_COST, 100, 7],
    ])
    await bench.close()
  })

  it('for a whole reply of an engine that does not, and it is paid for', async () => {
    const { bench, service } = counting([SILENT])
    await foldReply((await service.start(requestOf(bench))).events)
    assert.deepEqual(costsOf(bench), [[SILENT_COST, 100, 7]])
    await bench.close()
  })

  it('for a limit of tokens, by the minute or by the day, where nothing is charged', async () => {
    for (const limits of [{ tpm: 1_000_000 }, { tpd: 1_000_000 }]) {
      const { bench, service } = counting([{ events: [START, text('one ')], silent: true }], {
        keepsBooks: false,
        limits,
      })
      const running = await service.start(requestOf(bench, { whole: false }))
      await running.events.next()
      await running.events.return?.()
      assert.deepEqual(
        bench.seen.ends.map(({ end: { record } }) => [record.prompt, record.completion]),
        [[100, 4]],
      )
      await bench.close()
    }
  })

  it('for a client that leaves in the middle, whatever its signal says', async () => {
    const { bench, owners, service } = counting([{ events: [START, text('one ')], silent: true }])
    const leaves = new AbortController()
    const running = await service.start(requestOf(bench, { whole: false }, { signal: leaves.signal }))
    await running.events.next()
    leaves.abort(new Error('it left'))
    await running.events.return?.()
    assert.deepEqual([costsOf(bench), owners.length], [[[100 * 600 + 4 * 3000, 100, 4]], 1])
    await bench.close()
  })

  it('for nobody where nothing is charged and no limit counts tokens', async () => {
    const { bench, owners, service } = counting([{ events: [START, text('one ')], silent: true }], {
      keepsBooks: false,
    })
    const running = await service.start(requestOf(bench, { whole: false }))
    await running.events.next()
    await bench.clock.pass(1000)
    await running.events.return?.()
    assert.deepEqual([owners.length, bench.seen.progress.length, bench.seen.ends.length], [0, 0, 1])
    await bench.close()
  })

  it('for progress by nobody: that knows it where somebody has', async () => {
    const script = { events: [START, text('one '), text('two')], silent: true }
    const { bench, owners, service } = counting([script, script])
    for (const needs of [undefined, 'prompt-tokens'] as const) {
      const asked = requestOf(bench, { whole: false }, needs === undefined ? {} : { needs })
      const running = await service.start(asked)
      await running.events.next()
      await running.counted
      await bench.clock.pass(1000)
      assert.equal(bench.seen.progress.at(-1)?.record.prompt, needs === undefined ? 0 : 100)
      assert.equal(owners.length, needs === undefined ? 0 : 2)
      await running.events.return?.()
    }
    await bench.close()
  })

  it('is what the estimate tells, up to four windows; beyond, a bound that is not exact', async () => {
    const { bench } = counting([])
    for (const [tokens, exact] of [
      [4 * 262_144, true],
      [4 * 262_144 + 1, false],
    ] as const) {
      const counter: TokenCounter = {
        ...characterCounter,
        countPromptAside: async (_, { owner, mostTokens } = {}) => {
          assert.deepEqual([owner, mostTokens], ['org-1', 4 * 262_144])
          return tokens
        },
      }
      const service = new LocalInference({ ...bench.parts, counter })
      const counted = await service.count(requestOf(bench))
      assert.deepEqual([counted.tokens, counted.exact], [tokens, exact])
    }
    await bench.close()
  })
})
