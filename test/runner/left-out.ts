/** What `npm test` leaves to a command of its own, unless a word names it: it would take more than its part of the time. */

export interface LeftOut {
  /** What runs it. */
  readonly command: string
  /** The folder from the root. */
  readonly folder: string
  /** Files of it that `npm test` runs all the same. */
  readonly but: readonly string[]
}

export const LEFT_OUT: readonly LeftOut[] = [
  {
    command: 'npm run clients',
    folder: 'test/clients',
    // Those that most code is written with; together well below a minute.
    but: ['anthropic-sdk.test.ts', 'openai.test.ts', 'workers-ai.test.ts'],
  },
  { command: 'npm run test:web', folder: 'test/web', but: [] },
]

/** Who runs it instead; `undefined`: nobody. */
export function leftTo(file: string, table: readonly LeftOut[] = LEFT_OUT): string | undefined {
  const left = table.find(
    ({ folder, but }) => file.startsWith(`${folder}/`) && !but.some((name) => file === `${folder}/${name}`),
  )
  return left?.command
}
