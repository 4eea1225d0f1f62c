/** What every client is put through: an answer, a stream, five turns of tools with thinking on, an object by a schema. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type TestServer, startServer } from '../support/start-server.ts'
import { AMPLE_MS, whySkipped } from './installed.ts'

/** What a client made of an answer; `reasoning` where it reads thoughts. */
interface Answer {
  readonly text: string
  readonly reasoning?: string | undefined
}

/** One client on one wire. Each throws what the client throws. */
interface Driver {
  readonly readsThoughts: boolean
  chat(prompt: string): Promise<Answer>
  stream(prompt: string): Promise<Answer>
  /** With the tool `look({at: integer})`, run by the client's own loop where it has one; `look` is to be called for each call. */
  tools(prompt: string, look: (at: number) => string): Promise<Answer>
  /** `{city: string, people: integer}`. */
  object?(prompt: string): Promise<unknown>
}

/** A fault of the client's own, which no server cures. Its test fails once the client is cured. */
interface KnownFaults {
  /** What it gives out for the whole of an answer that was cut. */
  readonly cut?: string
  /** How its tool loop ends after the first call. */
  readonly tools?: RegExp
}

interface DriverModule {
  /** By the name of the wire. `url` is the server's address, without a path. */
  readonly drivers: Readonly<Record<string, (server: { readonly url: string; readonly key: string }) => Driver>>
  readonly knownFaults?: Readonly<Record<string, KnownFaults>>
}

const REASONING = 'Let me think.'
const TEXT = 'one two three'
const TURNS = [1, 2, 3, 4, 5]
const turn = (at: number): string =>
  `  - { name: walk ${at}, match: { last_user: walk }, times: 1, reply: { reasoning: Step ${at}., tool_calls: [{ name: look, arguments: { at: ${at} } }] } }`
const SCENARIOS = `
version: 1
scenarios:
  - { name: said, match: { last_user: say-it }, reply: { reasoning: ${REASONING}, text: ${TEXT}, chunk_size: 4 } }
  - { name: cut, match: { last_user: please-cut }, reply: { text: one two three four, chunk_size: 4, fault: { cut_after_chunks: 2 } } }
${TURNS.map(turn).join('\n')}
  - { name: there, match: { last_user: walk }, reply: { reasoning: Enough., text: All seen. } }
`

/** `file` is the module in `drivers/` that drives it; `packages` are what that needs. */
export async function exercise(client: string, file: string, packages: readonly string[]): Promise<void> {
  const skip = whySkipped(...packages)
  if (skip !== false) {
    it(client, { skip })
    return
  }
  const { drivers, knownFaults } = (await import(new URL(`drivers/${file}`, import.meta.url).href)) as DriverModule
  for (const [wire, drive] of Object.entries(drivers)) {
    exerciseWire(`${client}, ${wire}`, drive, knownFaults?.[wire])
  }
}

function exerciseWire(name: string, drive: DriverModule['drivers'][string], faults: KnownFaults = {}): void {
  describe(name, { timeout: AMPLE_MS }, () => {
    let server: TestServer
    let driver: Driver
    before(async () => {
      // One try: what is broken is to reach the client.
      server = await startServer({ scenarios: SCENARIOS, config: 'routing: { attempts: 1, seams: 0 }' })
      driver = drive(server)
    })
    after(() => server.close())

    it('reads an answer', async () => {
      assert.equal((await driver.chat('say-it')).text, TEXT)
    })

    it('reads a stream, and its thoughts where it has a place for them', async () => {
      const { text, reasoning } = await driver.stream('say-it')
      assert.equal(text, TEXT)
      assert.equal(reasoning, driver.readsThoughts ? REASONING : undefined)
    })

    if (faults.cut === undefined) {
      it('does not take a stream that was cut for a whole one', async () => {
        await assert.rejects(driver.stream('please-cut'))
      })
    } else {
      it('takes a stream that was cut for a whole one, which is known', async () => {
        assert.equal((await driver.stream('please-cut')).text, faults.cut)
      })
    }

    const title = 'goes through five turns of tools with thinking on'
    it(faults.tools === undefined ? title : 'ends its loop at the second call of a tool, which is known', async () => {
      const seen: number[] = []
      const walked = driver.tools('walk', (at) => {
        seen.push(at)
        return `Seen ${at}.`
      })
      if (faults.tools === undefined) assert.equal((await walked).text, 'All seen.')
      else await assert.rejects(walked, faults.tools)
      assert.deepEqual(seen, faults.tools === undefined ? TURNS : TURNS.slice(0, 1))
    })

    it('gets an object by a schema', async (test) => {
      if (driver.object === undefined) {
        test.skip('this client has none on this wire')
        return
      }
      const object = (await driver.object('Oslo has 7 people')) as { city: unknown; people: unknown }
      assert.deepEqual([typeof object.city, Number.isInteger(object.people)], ['string', true])
    })
  })
}
