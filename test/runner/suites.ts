/**
 * What CI runs behind `npm test`, because it is longer by nature: the same tests with all their rounds, and proofs of their
 * own. Crash loops, the whole soak and mutants are no part of it, nor what a clock judges (the bench, `npm run tenants`): a
 * machine that is busy for a moment would fail them. They are run by hand, and reported.
 */

export interface Suite {
  readonly name: string
  readonly proves: string
  /** Words behind `node`, from the root. */
  readonly words: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** After which it has failed: several times of what it takes on two quiet cores. */
  readonly minutes: number
}

/** CI ends at 90 minutes. Of these installs, checks and `npm test` have 30, the clients 10 (`.ci/run`); the rest is for a slow day. */
export const MOST_MINUTES = 45

export const SUITES: readonly Suite[] = [
  {
    name: 'constrained-answers',
    proves: 'of 200 forced calls and 200 schemas, every valid case of Moonshot among them, each answer is valid',
    words: ['--test', 'packages/server/src/gguf/constraints.test.ts'],
    environment: { MOONBASE_CONSTRAINED_ROUNDS: '200' },
    minutes: 4,
  },
  {
    name: 'fuzzed-requests',
    proves: 'ten thousand mutated requests to each face get a 2xx or a 4xx in its form',
    words: ['--test', 'test/fuzz-requests.test.ts'],
    environment: { MOONBASE_FUZZ_ROUNDS: '10000' },
    minutes: 8,
  },
  {
    name: 'cut-streams',
    proves: 'a server whose upstream is cut at any byte says at no face that an answer is complete',
    words: ['--test', 'test/server-cuts.test.ts'],
    environment: { MOONBASE_CUT_STEP: '1' },
    minutes: 6,
  },
  {
    name: 'store-model',
    proves: 'sixty rows of random deeds leave the books of each store as a model of a few lines has them',
    words: [
      '--test',
      '--test-name-pattern=random deeds',
      'packages/server/src/store/{sqlite,postgres}/open-*-store.test.ts',
    ],
    environment: { MOONBASE_STORE_RUNS: '60' },
    minutes: 5,
  },
  {
    name: 'kills',
    proves: 'after eight kills of the server under load the books are right',
    words: ['--test', '--test-name-pattern=in SQLite', 'test/crash/crash.test.ts'],
    environment: { MOONBASE_CRASH_ROUNDS: '8' },
    minutes: 4,
  },
  {
    name: 'failing-stores',
    proves:
      'nobody is given a byte that was not held for while disk or database fail, again and again, between question and answer',
    words: ['--test', 'test/failing-store/failing-store.test.ts'],
    environment: { MOONBASE_FAILING_ROUNDS: '12' },
    minutes: 6,
  },
  {
    name: 'left-streams',
    proves: 'two thousand streams that the official client leaves leave no request, no handle and no memory',
    words: ['--test', 'test/client-leaks.test.ts'],
    environment: { MOONBASE_ABORTED_STREAMS: '2000' },
    minutes: 6,
  },
  {
    name: 'short-soak',
    proves:
      'a minute of clients of every kind leaves nothing open and the books clean, and nothing cut ends as a success',
    words: ['test/soak/run.ts', '--minutes', '1', '--seed', '12'],
    minutes: 6,
  },
]
