/** Several servers let in exactly what one organisation may: so many in a minute, so many at once, and after a death too. */

import { setTimeout as wait } from 'node:timers/promises'
import { call } from '../support/call.ts'
import type { Customer } from '../support/operator.ts'
import { ITEM, LONG, bodyOf } from './goods.ts'
import type { Scene } from './scene.ts'

const NONE = { concurrency: null, rpm: null, tpm: null, tpd: null, recharge: { USD: null, CNY: null } }
/** A server that dies keeps its slots for 30 seconds. */
const SLOTS_BACK_S = 60
const PAUSE_MS = 1_000
const SLOT_TRIES = 20

async function customerWith(scene: Scene, limits: Readonly<Record<string, number>>): Promise<Customer> {
  const [[name, limit] = ['none', 0]] = Object.entries(limits)
  const tier = `${name}-${limit}`
  await scene.operator.post(`/tiers/${tier}`, { ...NONE, ...limits })
  return scene.customer({ tier, voucher: '100' })
}

/** Three times as many as may come in a minute. The sentences say what was not as it should be. */
export async function raceForMinute(scene: Scene, rpm: number): Promise<string[]> {
  const { key } = await customerWith(scene, { rpm })
  const replies = await Promise.all(
    Array.from({ length: 3 * rpm }, (_, count) =>
      call(`${urlFor(scene.urls, count)}/v1/chat/completions`, { key, body: bodyOf(ITEM, count % 2 === 0) }),
    ),
  )
  const admitted = replies.filter(({ status }) => status === 200).length
  const words = ` request reached organization max RPM: ${rpm}, please try again after `
  const odd = replies.filter(({ status, text }) => status !== 200 && !(status === 429 && text.includes(words)))
  return [
    ...(admitted === rpm ? [] : [`${admitted} were let in within a minute, and ${rpm} may`]),
    ...odd.slice(0, 5).map(({ status, text }) => `${status} ${text}`),
  ]
}

/** Three times as many as may run at once, then as many as may, when those have left. */
export async function raceForSlots(scene: Scene, concurrency: number): Promise<string[]> {
  const { key, organisation } = await customerWith(scene, { concurrency })
  const first = await openStreams(scene.urls, key, 3 * concurrency)
  first.leave()
  const problems = [...first.odd]
  if (first.begun !== concurrency) problems.push(`${first.begun} ran at once, and ${concurrency} may`)
  for (let tries = 1; ; tries += 1) {
    await scene.quiet(organisation, 10)
    const again = await openStreams(scene.urls, key, concurrency)
    again.leave()
    problems.push(...again.odd)
    if (again.begun === concurrency) break
    // A slot is free a moment after its money.
    if (tries >= SLOT_TRIES) {
      problems.push(`${again.begun} run when all have left, and ${concurrency} may`)
      break
    }
  }
  await scene.quiet(organisation, 10)
  return problems
}

export interface SlotsAfterDeath {
  /** Seconds until all slots could be had again. */
  readonly backAfterS: number
  readonly problems: readonly string[]
}

/** All slots are taken, and one of the servers dies with its share: no more than may run ever do, and all can again in the end. */
export async function raceForSlotsOfTheDead(scene: Scene, concurrency: number): Promise<SlotsAfterDeath> {
  const { key, organisation } = await customerWith(scene, { concurrency })
  const problems: string[] = []
  const first = await openStreams(scene.urls, key, concurrency)
  if (first.begun !== concurrency) problems.push(`${first.begun} ran at first, and ${concurrency} may`)
  const [victim, others] = [scene.gateways.at(-1), scene.urls.slice(0, -1)]
  await victim?.kill()
  const killedAt = performance.now()
  const seconds = (): number => (performance.now() - killedAt) / 1_000
  first.leave()
  for (;;) {
    const again = await openStreams(others, key, concurrency + 1)
    again.leave()
    problems.push(...again.odd)
    if (again.begun > concurrency) problems.push(`${again.begun} ran at once, and ${concurrency} may`)
    if (again.begun === concurrency) break
    if (seconds() > SLOTS_BACK_S) {
      problems.push(`${again.begun} of ${concurrency} slots are there after ${Math.round(seconds())} seconds`)
      break
    }
    await scene.quiet(organisation, 1)
    await wait(PAUSE_MS)
  }
  const backAfterS = seconds()
  await scene.quiet(organisation, SLOTS_BACK_S)
  const { clean, open, problems: wrong } = await scene.view.audit()
  if (!clean || open > 0) problems.push(`the audit: ${open} open holds`, ...wrong)
  return { backAfterS, problems }
}

interface Streams {
  readonly begun: number
  /** Replies that are neither a stream nor the refusal. */
  readonly odd: readonly string[]
  leave(): void
}

async function openStreams(urls: readonly string[], key: string, count: number): Promise<Streams> {
  const leave = new AbortController()
  const replies = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const reply = await fetch(`${urlFor(urls, index)}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify(bodyOf(LONG, true)),
        signal: leave.signal,
      })
      return { status: reply.status, text: reply.status === 200 ? '' : await reply.text() }
    }),
  )
  const odd = replies.filter(
    ({ status, text }) =>
      status !== 200 && !(status === 429 && text.includes(' request reached organization max concurrency: ')),
  )
  return {
    begun: replies.filter(({ status }) => status === 200).length,
    odd: odd.slice(0, 5).map(({ status, text }) => `${status} ${text}`),
    leave: () => leave.abort(),
  }
}

function urlFor(urls: readonly string[], count: number): string {
  return urls[count % urls.length] ?? ''
}
