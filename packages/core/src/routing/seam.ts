/**
 * The seam: where one engine goes on with what another began. Before a byte of the continuation goes out it is checked.
 *
 * An engine that starts over, or repeats the end of what was given, has its repetition removed. One that starts over and
 * then says something else, opens a new thought behind the answer, or leaves a call that is still open, did not go on:
 * that is a failure, and nobody has seen it.
 */

import { EngineError, type GenerationEvent, type Transcript } from '../generation/index.ts'
import { Joint } from './joint.ts'

/** The continuation's events without repetitions. Throws an `EngineError` of kind `protocol` for what goes on from nothing. */
export async function* checkSeam(
  source: AsyncIterable<GenerationEvent>,
  given: Pick<Transcript, 'reasoning' | 'text' | 'calls'>,
  engine: string,
): AsyncGenerator<GenerationEvent, void, void> {
  const fault = (what: string): EngineError => new EngineError('protocol', `did not go on: ${what}`, { engine })
  const open = given.calls.at(-1)
  const call = given.calls.length - 1
  const place = open !== undefined ? 'tool-call' : given.text !== '' ? 'text' : 'reasoning'
  const joint = new Joint(open?.arguments ?? (given.text !== '' ? given.text : given.reasoning))
  /** Makes an event of this place out of text that is certain. */
  const say = (text: string): GenerationEvent =>
    place === 'tool-call' ? { type: place, choice: 0, call, arguments: text } : { type: place, choice: 0, text }

  for await (const event of source) {
    if (event.type === 'start' || event.type === 'usage') {
      yield event
      continue
    }
    if (event.type === 'reasoning' && place !== 'reasoning') throw fault('it opened a new thought')
    if (event.type === 'text' && open !== undefined) throw fault('it wrote text behind a tool call')
    const here = event.type === place && (event.type !== 'tool-call' || event.call === call)
    if (here && !joint.closed) {
      const text = joint.push(event.type === 'tool-call' ? event.arguments : event.text)
      if (joint.broken) throw fault('it started over with other words')
      if (text !== '') yield say(text)
      continue
    }
    if (!joint.closed) {
      const rest = joint.end()
      if (joint.broken) throw fault('it started over and stopped early')
      if (rest !== '') yield say(rest)
    }
    // Whatever it calls the call that was begun, the client has its name.
    if (here && event.type === 'tool-call') yield { type: 'tool-call', choice: 0, call, arguments: event.arguments }
    else yield event
  }
}
