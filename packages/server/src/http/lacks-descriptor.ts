/** Failures of a process that had no file descriptor left: over in a moment, and nobody's fault who is asked or asks. */

/** As the system says it: the process has as many as it may, or all processes together have. */
const CODES: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE'])
/** As Node says it of what it opens itself when it is first wanted: a package, a native library, a thread. */
const OF_NODE: ReadonlySet<unknown> = new Set([
  'ERR_INVALID_PACKAGE_CONFIG',
  'ERR_DLOPEN_FAILED',
  'ERR_WORKER_INIT_FAILED',
])
const WORDS = /\bE[MN]FILE\b|too many open files/i
/** Errors have a cause, which has another. */
const MOST_CAUSES = 8

export function lacksDescriptor(error: unknown): boolean {
  let cause = error
  for (let depth = 0; depth < MOST_CAUSES && cause instanceof Error; depth += 1) {
    const code = 'code' in cause ? cause.code : undefined
    if (CODES.has(code) || (OF_NODE.has(code) && WORDS.test(cause.message))) return true
    cause = cause.cause
  }
  return false
}
