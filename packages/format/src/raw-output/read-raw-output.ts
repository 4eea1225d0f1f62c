/** The reading of raw output as a stream transform: the thin shell around the parser. */

import type { RawEvent } from './raw-event.ts'
import type { RawOutputParser } from './raw-output-parser.ts'

/** Reads all of `source`. The parser then tells how the answer ended. Throws a `RawOutputLimitError`. */
export async function* readRawOutput(
  source: AsyncIterable<string>,
  parser: RawOutputParser,
): AsyncGenerator<RawEvent, void, void> {
  for await (const text of source) yield* parser.push(text)
  yield* parser.end()
}
