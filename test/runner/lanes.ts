/**
 * Which test files may run at the same time. A file that is named nowhere here shares nothing: it has a process, a data
 * folder and ports of its own, and runs beside any other.
 */

export interface Lane {
  /** What its files share, so that they run one after another. */
  readonly shares: string
  /** Whether nothing else runs meanwhile either. */
  readonly alone: boolean
  /** Paths from the root: of files, or of folders with all below them. */
  readonly of: readonly string[]
}

export const LANES: readonly Lane[] = [
  {
    shares: 'the disk: each has a PostgreSQL of its own, and each commit of it waits until it is written',
    alone: false,
    of: ['packages/server/src/store/postgres', 'test/secrets.test.ts', 'test/failing-store'],
  },
  {
    shares: 'the cores: several servers under load, killed and started again',
    alone: true,
    of: ['test/chaos', 'test/crash', 'test/races'],
  },
  {
    shares: 'the machine: the whole of its heap, or of 100 MB bodies, is looked at',
    alone: true,
    of: ['test/client-leaks.test.ts', 'test/heavy-clients.test.ts', 'test/bench-smoke.test.ts'],
  },
]

export function laneOf(file: string, lanes: readonly Lane[] = LANES): Lane | undefined {
  return lanes.find(({ of }) => of.some((path) => file === path || file.startsWith(`${path}/`)))
}
