/** Where the page keeps things between two visits: a few named stores of keys and values, written several at once or not at all. */

export const STORES = ['conversations', 'summaries', 'drafts', 'media'] as const
export type StoreName = (typeof STORES)[number]

/** `value` left out: what stands there goes. */
export interface Write {
  readonly store: StoreName
  readonly key: string
  readonly value?: unknown
}

/** What is read may be of an older page, or of a hand: it is checked by who reads it. */
export interface Shelf {
  get(store: StoreName, key: string): Promise<unknown>
  all(store: StoreName): Promise<readonly unknown[]>
  keys(store: StoreName): Promise<readonly string[]>
  /** All of them or none. @throws ShelfFullError where there is no room */
  write(writes: readonly Write[]): Promise<void>
  close(): void
}

/** The browser keeps no more; what was kept before is still there. */
export class ShelfFullError extends Error {
  override readonly name = 'ShelfFullError'

  constructor(options?: ErrorOptions) {
    super('this browser keeps no more', options)
  }
}

/** The browser keeps nothing: it is told not to, or its database is broken. */
export class NoShelfError extends Error {
  override readonly name = 'NoShelfError'

  constructor(options?: ErrorOptions) {
    super('this browser keeps nothing', options)
  }
}
