/** The server of the play: three replicas of one engine, short patience, and a vocabulary whose tokens are bytes. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestServer, startServer } from '../support/start-server.ts'

export interface ServerPlan {
  readonly urls: readonly string[]
  /** Milliseconds after which a silent replica is given up. */
  readonly silenceMs: number
  /** Milliseconds between two health checks; 0 for none. */
  readonly healthEveryMs: number
}

/**
 * With a token for each byte a count does not depend on where the counted text was cut: what an answer costs with seams is
 * then known exactly.
 */
export async function startServerUnderChaos({ urls, silenceMs, healthEveryMs }: ServerPlan): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-chaos-'))
  const vocabulary = join(folder, 'bytes.tiktoken')
  const lines = Array.from({ length: 256 }, (_, byte) => `${Buffer.of(byte).toString('base64')} ${byte}\n`)
  writeFileSync(vocabulary, lines.join(''))
  const server = await startServer({
    config: `
tokenizer: ${JSON.stringify(vocabulary)}
engines:
  replicas: { type: openai-compatible, flavour: vllm, urls: ${JSON.stringify(urls)} }
models:
  kimi-k2.5: { engines: [replicas] }
routing:
  attempts: 8
  retry_share: 1
  first_token_ms: ${silenceMs}
  silence_ms: ${silenceMs}
  seams: 20
  breaker: { failures: 5, window_ms: 2000, open_ms: 100 }
  health_every_ms: ${healthEveryMs}
`,
  })
  const close = async (): Promise<void> => {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { ...server, close, [Symbol.asyncDispose]: close }
}
