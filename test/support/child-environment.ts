/** What a process that a test starts has of the environment of the test itself: keys and settings of whoever tests change nothing. */

/** Compiled code of modules, where there is a place for it, is half of the CPU of a start. */
const INHERITED = ['PATH', 'TMPDIR', 'NODE_COMPILE_CACHE'] as const

export function childEnvironment(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    INHERITED.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
