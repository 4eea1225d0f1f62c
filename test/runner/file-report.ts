/** A reporter for Node's test runner: what `npm test` wants to know of one file, as a line of JSON at its end. */

import type { TestEvent } from 'node:test/reporters'

export interface FileReport {
  readonly tests: number
  /** Of each test that was skipped the reason that it gave, or else its name. */
  readonly skipped: readonly string[]
}

export default async function* fileReport(source: AsyncIterable<TestEvent>): AsyncGenerator<string, void, void> {
  const skipped: string[] = []
  let tests = 0
  for await (const event of source) {
    if (event.type === 'test:summary') tests = event.data.counts.tests
    if (event.type !== 'test:pass' || event.data.skip === undefined || event.data.skip === false) continue
    const { name, skip } = event.data
    skipped.push(typeof skip === 'string' && skip !== '' ? skip : name)
  }
  yield JSON.stringify({ tests, skipped } satisfies FileReport)
}
