/**
 * Rounds in which the store fails between the question and the answer, under load of streams and whole replies; and behind all of
 * them, a kill of the server, a start on what was kept, and the proof.
 */

import { setTimeout as wait } from 'node:timers/promises'
import { OperatorView } from '../crash/operator-view.ts'
import { makeOrganisation, quiet } from '../crash/rounds.ts'
import { GIVE_UP_MS, eventually } from '../support/eventually.ts'
import { seededRandom } from '../support/every-split.ts'
import { type FailingAsk, FailingClients } from './failing-client.ts'
import { type FailingFindings, proveNothingGiven } from './failing-proof.ts'
import type { FailingSite, FailingWay } from './failing-sites.ts'
import { type ThinkingEngine, openThinkingEngine } from './thinking-engine.ts'

export interface FailingPlan {
  readonly rounds: number
  readonly seed: number
  /** Each asks one thing after the other. */
  readonly clients: number
  /** Asked at once when the store fails; half of them think for as long as anybody waits. */
  readonly burst: number
}

/** Answers before the store fails. */
const ANSWERS = 40
const POLL_MS = 50
/** Nobody hears anything any more: those who still wait have a hold, and an engine that thinks. */
const CALM_POLLS = 12
/** Whether an engine is asked before its store is found to fail is up to the machine: as many more, until one was. */
const MORE_ROUNDS = 6
const PATIENCE_S = 60

/** When the store fails: behind the last answer, so that the burst finds it out; or under load, when the burst has begun to ask. */
type Moment = 'before' | 'between'

export async function playFailing(
  open: (engine: string) => Promise<FailingSite>,
  plan: FailingPlan,
): Promise<FailingFindings> {
  const random = seededRandom(plan.seed)
  await using engine = await openThinkingEngine(random)
  await using site = await open(engine.url)
  const { id: organisation, clients: keys } = await makeOrganisation(new OperatorView(site.url), 'spender', 1, '1000')
  const clients = new FailingClients(() => site.url, keys[0]?.key ?? '')
  const played = new Map<string, number>()
  const isEnough = (round: number): boolean =>
    round >= plan.rounds && (round >= plan.rounds + MORE_ROUNDS || someInVain(clients, engine))
  for (let round = 0; !isEnough(round); round += 1) {
    const way = site.ways[round % site.ways.length]
    if (way === undefined) throw new Error('it cannot fail')
    // Each way in each moment, by turns.
    const moment = Math.floor(round / site.ways.length) % 2 === (way.atOnce ? 0 : 1) ? 'before' : 'between'
    await new FailingRound(clients, engine, way, random).play(plan, moment)
    const name = `${way.name}, ${moment}`
    played.set(name, (played.get(name) ?? 0) + 1)
  }
  await stopped(engine)
  await site.restart()
  const view = new OperatorView(site.url)
  await quiet(view, [organisation], PATIENCE_S)
  return { played, ...(await proveNothingGiven(view, organisation, clients.asked, engine.questions)) }
}

/** A client was refused while its engine thought. */
function someInVain({ asked }: FailingClients, { questions }: ThinkingEngine): boolean {
  const thought = new Set(questions.flatMap(({ number, thinks }) => (thinks ? [number] : [])))
  return asked.some(({ number, status }) => status === 503 && thought.has(number))
}

class FailingRound {
  readonly #clients: FailingClients
  readonly #engine: ThinkingEngine
  readonly #way: FailingWay
  readonly #random: () => number
  #isOver = false

  constructor(clients: FailingClients, engine: ThinkingEngine, way: FailingWay, random: () => number) {
    this.#clients = clients
    this.#engine = engine
    this.#way = way
    this.#random = random
  }

  async play({ clients, burst }: FailingPlan, moment: Moment): Promise<void> {
    const before = this.#clients.asked.length
    const load = Promise.all(Array.from({ length: clients }, () => this.#one()))
    await eventually(
      () => this.#clients.asked.slice(before).filter(({ complete }) => complete).length,
      (answers) => answers >= ANSWERS,
    )
    if (moment === 'before') {
      this.#isOver = true
      await load
    }
    const failing = moment === 'before' ? this.#way.fail() : this.#engine.next().then(() => this.#way.fail())
    if (moment === 'before' && this.#way.atOnce) await failing
    const all = Array.from({ length: burst }, (_, index) => this.#clients.ask(index % 2 === 0, index % 4 < 2))
    await failing
    this.#isOver = true
    if (this.#way.lasting) await this.#until(({ status }) => status === 503)
    await this.#calm()
    this.#clients.leave()
    await Promise.all([...all, load])
    await this.#way.mend()
    await this.#until(({ complete }) => complete)
  }

  async #one(): Promise<void> {
    while (!this.#isOver) await this.#clients.ask(false, this.#random() < 0.5)
  }

  async #until(isSo: (ask: FailingAsk) => boolean): Promise<void> {
    const deadline = performance.now() + GIVE_UP_MS
    for (;;) {
      const probe = await this.#clients.ask(false, false)
      if (isSo(probe)) return
      if (performance.now() > deadline)
        throw new Error(`"${this.#way.name}" did not come about, or did not pass: ${JSON.stringify(probe)}`)
      await wait(POLL_MS)
    }
  }

  async #calm(): Promise<void> {
    let polls = 0
    for (let last = -1; polls < CALM_POLLS; polls += 1) {
      const over = this.#clients.asked.filter((each) => each.over).length
      if (over !== last) polls = 0
      last = over
      await wait(POLL_MS)
    }
  }
}

async function stopped({ questions }: ThinkingEngine): Promise<void> {
  // Stops travel over sockets.
  await eventually(
    () => questions.filter(({ state }) => state === 'open'),
    ({ length }) => length === 0,
  )
}
