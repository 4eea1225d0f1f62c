/** Where the soak is played: a real server with accounts in SQLite, and three replicas in processes of their own. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Replica } from '../chaos/replica.ts'
import { startReplica } from '../chaos/replica-apart.ts'
import { scenarioFile } from '../crash/scripts.ts'
import { GATEWAY_ADMIN_KEY, Gateway } from '../support/gateway.ts'
import { Operator } from '../support/operator.ts'

/** The offline engine answers this model, by the scripts of the crash rounds or by itself. */
export const OFFLINE_MODEL = 'kimi-k2.5'
/** And the replicas this one. */
export const REPLICA_MODEL = 'kimi-k2.6'

export interface SoakSite extends AsyncDisposable {
  readonly url: string
  readonly replicas: readonly Replica[]
  readonly operator: Operator
  /** One for each client. */
  readonly keys: readonly string[]
}

/** Milliseconds between two chunks of a replica. */
const PAUSE_MS = 4
const ORGANISATIONS = 4
const SILENCE_MS = 1_000

/**
 * What V8 has not collected yet is tens of megabytes at a low load, minutes long, and its young generation grows until a
 * server has seen its busiest moment: what is held for ever would not be seen behind them. So the young generation stays
 * small, and all is collected every few seconds.
 */
const STEADY_HEAP = [
  '--max-semi-space-size=1',
  '--expose-gc',
  `--import=${fileURLToPath(new URL('collect-often.ts', import.meta.url))}`,
]

export async function openSite(clients: number): Promise<SoakSite> {
  const folder = await mkdtemp(join(tmpdir(), 'moonbase-soak-'))
  const replicas = await Promise.all([1, 2, 3].map(() => startReplica(PAUSE_MS)))
  // With a token for each byte the bill of an answer is known, wherever it was cut.
  const vocabulary = join(folder, 'bytes.tiktoken')
  const lines = Array.from({ length: 256 }, (_, byte) => `${Buffer.of(byte).toString('base64')} ${byte}\n`)
  await writeFile(vocabulary, lines.join(''))
  await writeFile(join(folder, 'moonbase.yaml'), configuration(vocabulary, replicas))
  const gateway = await Gateway.start({
    folder,
    scenarios: scenarioFile(),
    flags: STEADY_HEAP,
  })
  const operator = new Operator(gateway, GATEWAY_ADMIN_KEY)
  return {
    url: gateway.url,
    replicas,
    operator,
    keys: await makeKeys(operator, clients),
    async [Symbol.asyncDispose]() {
      await gateway.stop()
      await Promise.all(replicas.map((replica) => replica.close()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function configuration(vocabulary: string, replicas: readonly Replica[]): string {
  const urls = replicas.map(({ url }) => url)
  return `
tokenizer: ${JSON.stringify(vocabulary)}
engines:
  scripted: { type: offline }
  replicas: { type: openai-compatible, flavour: vllm, urls: ${JSON.stringify(urls)} }
models:
  ${OFFLINE_MODEL}: { engines: [scripted] }
  ${REPLICA_MODEL}: { engines: [replicas] }
routing:
  attempts: 8
  retry_share: 1
  first_token_ms: ${SILENCE_MS}
  silence_ms: ${SILENCE_MS}
  seams: 20
  breaker: { failures: 5, window_ms: 2000, open_ms: 100 }
  health_every_ms: 250
`
}

async function makeKeys(operator: Operator, clients: number): Promise<string[]> {
  const keys: string[] = []
  for (let made = 0; made < ORGANISATIONS; made += 1) {
    const { organisation, project, key } = await operator.customer({ voucher: '10000' })
    keys.push(key)
    const path = `/organisations/${organisation}/api-keys`
    for (let more = 1; more < clients / ORGANISATIONS; more += 1) {
      keys.push(String((await operator.post(path, { name: `client ${more}`, project }))['key']))
    }
  }
  return keys.slice(0, clients)
}
