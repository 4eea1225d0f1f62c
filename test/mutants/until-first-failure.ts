/** A reporter for Node's test runner that says nothing, and ends the process with the first test that fails. */

import type { TestEvent } from 'node:test/reporters'

export default async function* untilFirstFailure(source: AsyncIterable<TestEvent>): AsyncGenerator<string, void, void> {
  for await (const event of source) {
    if (event.type !== 'test:fail' || event.data.todo !== undefined) continue
    yield `${event.data.name}\n`
    // What a test has opened dies with the process group, and what it has written with the scratch folder.
    process.exit(1)
  }
}
