/** The grammars that answers are generated under, bounded: no string, list or nesting goes on until the budget ends it. */

import { shapeOf } from './answer-shape.ts'
import { GrammarError, type GrammarOptions, jsonGrammar, toolArgumentsGrammar } from './grammar/index.ts'

/** For what a schema does not bound itself: far beyond what anybody means, and an end all the same. */
const LENGTHS = { stringCharacters: 65_536, items: 10_000 }
/** Turns of a recursion. */
const DEPTH = 64

/** The grammar of an answer's text. Throws a `GrammarError`. */
export function answerGrammar(format: Parameters<typeof shapeOf>[0]): string {
  const shape = shapeOf(format)
  return shape.type === 'object' ? anyObjectGrammar() : bounded((options) => jsonGrammar(shape, options))
}

/** The grammar of a call's arguments. Throws a `GrammarError`. */
export function argumentsGrammar(parameters: Readonly<Record<string, unknown>>): string {
  return bounded((options) => toolArgumentsGrammar(parameters, options))
}

/** Of any object. It is the one that is asked for most and one of the longest, so it is written once. */
export function anyObjectGrammar(): string {
  anyObject ??= bounded((options) => jsonGrammar({ type: 'object' }, options))
  return anyObject
}

let anyObject: string | undefined

/**
 * Every turn of a recursion has rules of its own, so the grammar of a large schema that leads back to itself may become
 * too large. Its depth is not bounded then, and its lengths still are.
 */
function bounded(write: (options: GrammarOptions) => string): string {
  try {
    return write({ bounded: { ...LENGTHS, depth: DEPTH } })
  } catch (error) {
    if (!(error instanceof GrammarError) || error.kind !== 'too-large') throw error
    return write({ bounded: LENGTHS })
  }
}
