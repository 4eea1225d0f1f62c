/** Texts cut into batches of a bounded size, so that handing over many megabytes never takes the event loop for long. */

/** What goes to the counting thread in one message. */
export interface TextBatch {
  readonly texts: readonly string[]
  /** The last text goes on with the first of the next batch. */
  readonly open: boolean
}

/** In UTF-16 units: less than a millisecond of copying. */
const BATCH_UNITS = 64 * 1024
/** Short texts cost more for their number than for their length. */
const BATCH_TEXTS = 4096

/** Every text keeps its place; empty ones are left out, since they hold no token. */
export function* textBatches(texts: Iterable<string>, units = BATCH_UNITS): Generator<TextBatch, void, undefined> {
  let batch: string[] = []
  let room = units
  for (const text of texts) {
    let start = 0
    while (text.length - start > room) {
      // A pair of surrogates may be cut here: it is joined again before anybody reads it.
      batch.push(text.slice(start, start + room))
      start += room
      yield { texts: batch, open: true }
      batch = []
      room = units
    }
    if (start < text.length) {
      batch.push(text.slice(start))
      room -= text.length - start
    }
    if (room === 0 || batch.length >= BATCH_TEXTS) {
      yield { texts: batch, open: false }
      batch = []
      room = units
    }
  }
  if (batch.length > 0) yield { texts: batch, open: false }
}
