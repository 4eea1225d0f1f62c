/**
 * Makes guessing of keys slow, for each address on its own.
 *
 * A wrong key is refused at once ten times a minute; beyond, the refusal comes later and later. Whoever asks for more of
 * these than may wait is refused without a look at the key: a look would tell whether it was right. Until then a right key
 * is answered at once, also from an address where others guess.
 */

import { type ApiError, apiError, apiErrorWith } from '@moonbase/protocol'
import type { Clock } from '@moonbase/core/generation'

const ALLOWANCE = 10
const ALLOWANCE_MS = 60_000
const FIRST_DELAY_MS = 1_000
const DOUBLINGS = 3
const LONGEST_DELAY_MS = FIRST_DELAY_MS * 2 ** DOUBLINGS
/** Refusals that wait, each of them an open connection. */
const MOST_WAITING_PER_ADDRESS = 16
const MOST_WAITING = 1_024
/** More than can wait, so that there is always one that may be forgotten. */
const MOST_ADDRESSES = 10_000

interface Suspect {
  /** Wrong keys, less what time has forgiven until `at`. */
  wrong: number
  at: number
  waiting: number
}

export class LoginThrottle {
  readonly #clock: Clock
  /** The one that tried last at the end. */
  readonly #suspects = new Map<string, Suspect>()
  #waiting = 0
  #wrong = 0
  /** Addresses with as many refusals waiting as may. */
  #crowded = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Keys that nobody has, shown since the start. */
  get wrong(): number {
    return this.#wrong
  }

  /** How many refusals wait. */
  get waiting(): number {
    return this.#waiting
  }

  /**
   * Whose the key is that a client shows. `find` gives `undefined` for one that nobody has, and throws for what is no key at
   * all, or for none: who shows none does not guess.
   *
   * @throws ApiError `incorrect_api_key` in its time, `too_many_attempts`, and what `find` throws; the reason of the signal
   * when the client leaves
   */
  attempt<Found>(
    client: { readonly address: string; readonly signal: AbortSignal },
    find: () => Found | undefined,
  ): Found | Promise<never> {
    // Nearly always nobody guesses, and nothing is looked up.
    if (this.#crowded > 0 || this.#waiting >= MOST_WAITING) this.#assertMayTry(client.address)
    const found = find()
    if (found !== undefined) return found
    this.#wrong += 1
    const suspect = this.#suspectAt(client.address)
    const delayMs = this.#delayOf(suspect)
    const wrong = apiError('incorrect_api_key')
    if (delayMs === 0) throw wrong
    return this.#refuseLater(suspect, delayMs, client.signal, wrong)
  }

  #assertMayTry(address: string): void {
    const suspect = this.#suspects.get(networkOf(address))
    if (suspect === undefined) return
    const isGuessing = this.#wrongOf(suspect) + 1 > ALLOWANCE
    if (suspect.waiting >= MOST_WAITING_PER_ADDRESS || (this.#waiting >= MOST_WAITING && isGuessing)) throw tooMany()
  }

  #suspectAt(address: string): Suspect {
    const network = networkOf(address)
    const suspect = this.#suspects.get(network) ?? { wrong: 0, at: this.#clock.now(), waiting: 0 }
    this.#suspects.delete(network)
    if (this.#suspects.size >= MOST_ADDRESSES) this.#forgetOldest()
    this.#suspects.set(network, suspect)
    return suspect
  }

  #forgetOldest(): void {
    for (const [network, { waiting }] of this.#suspects) {
      if (waiting > 0) continue
      this.#suspects.delete(network)
      return
    }
  }

  /** One more wrong key: how long its refusal waits. */
  #delayOf(suspect: Suspect): number {
    // No more than the longest delay needs: who stops is soon forgiven.
    suspect.wrong = Math.min(this.#wrongOf(suspect) + 1, ALLOWANCE + DOUBLINGS + 1)
    suspect.at = this.#clock.now()
    const beyond = Math.ceil(suspect.wrong - ALLOWANCE)
    return beyond <= 0 ? 0 : FIRST_DELAY_MS * 2 ** (beyond - 1)
  }

  #wrongOf({ wrong, at }: Suspect): number {
    const forgiven = (Math.max(this.#clock.now() - at, 0) * ALLOWANCE) / ALLOWANCE_MS
    return Math.max(wrong - forgiven, 0)
  }

  async #refuseLater(suspect: Suspect, delayMs: number, signal: AbortSignal, error: unknown): Promise<never> {
    this.#waiting += 1
    suspect.waiting += 1
    if (suspect.waiting === MOST_WAITING_PER_ADDRESS) this.#crowded += 1
    try {
      await this.#clock.sleep(delayMs, signal)
    } finally {
      if (suspect.waiting === MOST_WAITING_PER_ADDRESS) this.#crowded -= 1
      suspect.waiting -= 1
      this.#waiting -= 1
    }
    throw error
  }
}

function tooMany(): ApiError {
  return apiErrorWith('too_many_attempts', { retryAfterMs: LONGEST_DELAY_MS }, { seconds: LONGEST_DELAY_MS / 1000 })
}

/** What one customer of a provider has: an IPv4 address, or the first 64 bits of an IPv6 one. */
function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::')
  const first = groupsOf(head)
  const last = tail === undefined ? [] : groupsOf(tail)
  const between = Array.from({ length: Math.max(8 - first.length - last.length, 0) }, () => '0')
  return [...first, ...between, ...last]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16))
    .join(':')
}

/** An IPv4 address at the end stands for two. */
function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]))
}
