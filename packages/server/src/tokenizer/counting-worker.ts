/** The counting thread's own side: a vocabulary of its own, texts of several counts in, their numbers of tokens out. */

import { setImmediate as nextTurn } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { type TextCounting, bpeTokenizer, readTiktokenVocabulary } from '@moonbase/format'
import type { CountedPart, CountingMessage } from './counting-thread.ts'

/** Of one count before it is another one's turn: about a millisecond. */
const STEP_BYTES = 32 * 1024

if (parentPort === null) throw new Error('counting-worker.ts runs as a thread only')
const port = parentPort
const tokenizer = bpeTokenizer(readTiktokenVocabulary(bytesOf(workerData)))

interface Count {
  readonly counting: TextCounting
  /** Parts that came, and are not told of yet. */
  parts: number
  isLast: boolean
}

/** In the order of their turns. */
const counts = new Map<number, Count>()
let isTurning = false

port.on('message', (message: CountingMessage) => {
  if ('stop' in message) {
    counts.delete(message.count)
    return
  }
  let count = counts.get(message.count)
  if (count === undefined) {
    count = { counting: tokenizer.counting(), parts: 0, isLast: false }
    counts.set(message.count, count)
  }
  const { texts, open, last } = message
  for (const [index, text] of texts.entries()) {
    count.counting.push(text)
    if (!open || index < texts.length - 1) count.counting.end()
  }
  count.parts += 1
  count.isLast = last
  if (isTurning) return
  isTurning = true
  void turn()
})

/** Round and round among the counts, a step each, until nothing is left that can be counted now. */
async function turn(): Promise<void> {
  for (let went = step(); went; went = step()) await nextTurn()
  isTurning = false
}

/** One of each count that has anything; false: none has, until more comes. */
function step(): boolean {
  let went = false
  for (const [id, count] of counts) {
    if (count.parts === 0) continue
    went = true
    if (!count.counting.step(STEP_BYTES)) tell(id, count)
  }
  return went
}

function tell(id: number, count: Count): void {
  const told: CountedPart = { count: id, tokens: count.counting.tokens, parts: count.parts, done: count.isLast }
  count.parts = 0
  if (count.isLast) counts.delete(id)
  port.postMessage(told)
}

function bytesOf(data: unknown): Uint8Array {
  if (data instanceof Uint8Array) return data
  throw new TypeError('the counting thread was given no vocabulary')
}
