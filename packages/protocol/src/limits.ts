/** The limits that a request meets before any model sees it. Sources: the platform's API pages (stop, tools, body). */

export const LIMITS = {
  /** A request body, in bytes: 100 MB. */
  bodyBytes: 100 * 1024 * 1024,
  stopStrings: 5,
  /** Each stop string, in UTF-8 bytes. */
  stopBytes: 32,
  tools: 128,
  /** Letters, digits, `-` and `_`, at most 64 of them, and no digit or dash first. */
  toolName: /^[a-zA-Z_][a-zA-Z0-9\-_]{0,63}$/,
  /** Entries of a free-form object that travels along, such as `metadata`. Our own figure. */
  carriedEntries: 1000,
} as const
