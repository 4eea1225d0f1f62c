/** What a client of the server needs of the world: handed in, so that a test has a world of its own. */

export interface Surroundings {
  readonly fetch: (address: string, init: RequestInit) => Promise<Response>
  /** Milliseconds that only ever grow. */
  readonly now: () => number
  /** Milliseconds since the Unix epoch. */
  readonly epoch: () => number
  /** Ends early when the network is back, and when the signal fires. Never fails. */
  readonly rest: (ms: number, signal: AbortSignal) => Promise<void>
}

export const browser: Surroundings = {
  fetch: (address, init) => fetch(address, init),
  now: () => performance.now(),
  epoch: () => Date.now(),
  rest: (ms, signal) => {
    if (signal.aborted) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const over = (): void => resolve(undefined)
    const timer = setTimeout(over, ms)
    addEventListener('online', over)
    signal.addEventListener('abort', over)
    return promise.finally(() => {
      clearTimeout(timer)
      removeEventListener('online', over)
      signal.removeEventListener('abort', over)
    })
  },
}

/** Every request of the page says that it is one: a form of another page cannot. */
export const PAGE = { 'x-moonbase-web': '1' } as const

/** Seconds between tries while the server does not answer (design §5.6). Behind the last one a person has to ask. */
export const TRIES = [1, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30, 30]
