/**
 * Which test files may run at the same time. A file that is named nowhere here shares nothing: it has a process, a data
 * folder and ports of its own, and runs beside any other.
 */

export interface Lane {
  /** What its files share, so that they run one after another. */
  readonly shares: string
  /** Paths from the root: of files, or of folders with all below them. */
  readonly of: readonly string[]
}

export const LANES: readonly Lane[] = [
  {
    shares:
      'the disk and the cores: several servers under load, or databases whose every commit waits until it is written',
    of: ['test/chaos', 'test/crash', 'test/races', 'test/failing-store'],
  },
  {
    shares: 'the memory: the whole of a heap is looked at, or bodies of 100 MB are under way',
    of: ['test/client-leaks.test.ts', 'test/heavy-clients.test.ts', 'test/bench-smoke.test.ts'],
  },
]

export function laneOf(file: string, lanes: readonly Lane[] = LANES): Lane | undefined {
  return lanes.find(({ of }) => of.some((path) => file === path || file.startsWith(`${path}/`)))
}
