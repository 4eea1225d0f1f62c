/**
 * What an agent's turn costs before an engine is asked, in process: parsed, prepared, let in, ended. No sockets, no disk.
 *
 * `node packages/cli/bin/node.mjs bench/admission/main.ts [turns]`; `MOONBASE_TOKENIZER` names the vocabulary.
 */

import { resolve } from 'node:path'
import process from 'node:process'
import { moonshot } from '@moonbase/core/dialects/moonshot'
import { mediaFromUrl } from '@moonbase/core/generation'
import { prepare } from '@moonbase/core/inference'
import { ModelTable, SCRIPTED_POLICY } from '@moonbase/core/routing'
import { mfjsRules } from '@moonbase/protocol/mfjs'
import { wireOf } from '../../packages/core/src/dialects/testing/wire-of.ts'
import { keyAccount, organisationAccount } from '../../packages/server/src/accounts/testing/account-fixtures.ts'
import { AdmissionControl } from '../../packages/server/src/admission/admission-control.ts'
import { MemoryLimiter } from '../../packages/server/src/admission/memory/memory-limiter.ts'
import { RequestQueue } from '../../packages/server/src/admission/request-queue.ts'
import { systemClock } from '../../packages/server/src/clock.ts'
import { PriceBook } from '../../packages/server/src/prices/price-book.ts'
import { openTokenizer } from '../../packages/server/src/tokenizer/index.ts'
import { routeTo, scriptedEngine } from '../../test/support/scripted-engines.ts'
import { agentTurn } from './agent-turn.ts'

const turns = Number(process.argv[2] ?? 300)
const tokenizer = await openTokenizer({
  tokenizer: process.env['MOONBASE_TOKENIZER'] === undefined ? undefined : resolve(process.env['MOONBASE_TOKENIZER']),
  dataFolder: '/nowhere',
})
const { counter } = tokenizer
const limiter = new MemoryLimiter({ now: () => systemClock.now() })
const account = organisationAccount({
  id: 'org-1',
  limits: { concurrency: 100, rpm: null, tpm: 1_000_000_000, tpd: null },
})
const caller = keyAccount({ id: 'ak-1', account })
const control = new AdmissionControl({
  queue: new RequestQueue({ limiter, clock: systemClock }),
  limiter,
  ledger: {
    holdAhead: () => undefined,
    hold: async (request) => ({ ...request, cash: request.amount, voucher: 0 }),
    free: () => 1_000_000_000_000,
  },
  accounts: { prices: new PriceBook([]) },
  clock: systemClock,
  onRefusal: () => undefined,
  onAhead: () => undefined,
})
const models = new ModelTable([routeTo([scriptedEngine('e', [])], SCRIPTED_POLICY)])
const bodies = Array.from({ length: turns + 50 }, (_, number) => JSON.stringify(agentTurn(number)))
const signal = new AbortController().signal
const spent = { parse: 0, prepare: 0, admit: 0 }

async function turn(body: string, number: number): Promise<void> {
  const from = performance.now()
  const { draft } = moonshot(mediaFromUrl).decode(wireOf(JSON.parse(body)), new Set())
  const parsed = performance.now()
  const prepared = await prepare(
    draft,
    { lenient: new Set(), scope: 'org-1' },
    { models, counter, resolvers: [], schemas: mfjsRules },
    signal,
  )
  const ready = performance.now()
  const { admission } = await control.admit({
    ...prepared,
    id: `request-${number}`,
    caller,
    class: 'interactive',
    within: false,
    arrivedAt: Math.floor(systemClock.now()),
    maxCompletionTokens: prepared.request.maxCompletionTokens,
    waitMs: 0,
    signal,
  })
  admission.end(0)
  spent.parse += parsed - from
  spent.prepare += ready - parsed
  spent.admit += performance.now() - ready
}

for (const [number, body] of bodies.slice(0, 50).entries()) await turn(body, number)
spent.parse = 0
spent.prepare = 0
spent.admit = 0
const before = process.cpuUsage()
for (const [number, body] of bodies.slice(50).entries()) await turn(body, number)
const { user, system } = process.cpuUsage(before)
const ms = (all: number): string => (all / turns).toFixed(3)
process.stdout.write(
  `${Math.round((bodies[0]?.length ?? 0) / 1000)} KB, ${turns} turns: parse and decode ${ms(spent.parse)} ms, ` +
    `prepare ${ms(spent.prepare)} ms, admission ${ms(spent.admit)} ms; CPU of all ${ms((user + system) / 1000)} ms\n`,
)
await tokenizer.close()
