/** The limits that a request meets before any model sees it. Sources: reference §2.1, §6.1, §9.1. */

export const LIMITS = {
  /** A request body, in bytes: 100 MB. */
  bodyBytes: 100 * 1024 * 1024,
  /** How deep JSON may be nested: nothing the API defines goes past a handful, MFJS allows 30. */
  jsonDepth: 512,
  stopStrings: 5,
  /** Each stop string, in UTF-8 bytes. */
  stopBytes: 32,
  tools: 128,
  /** May 2026: 3 to 64 characters that start with a letter or an underscore. The 1-character floor is later and kinder. */
  toolName: /^[a-zA-Z_][a-zA-Z0-9\-_]{0,63}$/,
  choices: 5,
} as const
