/**
 * Grammars for llama.cpp from MFJS schemas. Whatever is generated under a grammar, and comes to its end, is JSON and fits
 * the schema: `firstMismatch` finds nothing. Values, not spellings: lengths count code points however they are escaped,
 * and foreign keywords (`pattern`, `format`, `oneOf` …) say nothing here as they say nothing there.
 *
 * The other way round a grammar allows less than its schema, in these places:
 * - Members stand in the order of the schema, those that it does not name behind them. One space may stand before the
 *   value, behind a colon and behind a comma, and no other white space anywhere.
 * - Members that a schema does not name come only where it says so (`additionalProperties` is there, and not `false`) or
 *   where it names none: a model is not invited to make up arguments. Such a name is not empty and needs no escape; see
 *   `extra-key.ts` for names that begin like very many known ones. It may come twice, and then counts once.
 * - A value of an `enum` stands as `JSON.stringify` writes it.
 * - Numbers: see `number-grammar.ts`. Without bounds they have up to 19 digits before the point and 20 behind it.
 * - Half of a UTF-16 pair is no character. No string has more than 1,000,000 characters, no array more than 100,000 items,
 *   and a schema that demands more than 100,000 or 10,000 counts as one that nothing fits.
 * - What {@link GrammarBounds} bounds.
 *
 * Depth is not bounded without them: the protocol's matcher refuses values that are nested deeper than 512 levels.
 */

import { RuleBook } from './gbnf.ts'
import { GrammarError } from './grammar-error.ts'
import type { Schema } from './schema-reader.ts'
import { shapeGraph } from './shape-graph.ts'
import { WaysOut } from './ways-out.ts'
import { type GrammarBounds, GrammarWriter } from './write-grammar.ts'

export { GrammarError } from './grammar-error.ts'

type GrammarShape = { readonly type: 'object' } | { readonly type: 'schema'; readonly schema: Schema }

export interface GrammarOptions {
  /** How far a model may go where the schema sets no bound. Nowhere bounded by default: the token budget ends it. */
  readonly bounded?: GrammarBounds
}

/**
 * The grammar of an answer: any JSON object, or what fits a schema. Its rules are called `root`, `w`, `c`, `k`, `kt`, or
 * a letter and numbers, so that a caller may add longer names. Throws `GrammarError`.
 */
export function jsonGrammar(shape: GrammarShape, options: GrammarOptions = {}): string {
  return shape.type === 'object'
    ? grammarOf(OBJECT, [OBJECT], options)
    : grammarOf(shape.schema, [shape.schema], options)
}

/** The grammar of a call's arguments: an object, also where the schema of the parameters does not say so. Throws `GrammarError`. */
export function toolArgumentsGrammar(parameters: Schema, options: GrammarOptions = {}): string {
  return grammarOf(parameters, [parameters, OBJECT], options)
}

const OBJECT: Schema = { type: 'object' }

function grammarOf(root: Schema, schemas: readonly Schema[], { bounded = {} }: GrammarOptions): string {
  const graph = shapeGraph(root, schemas)
  const out = new WaysOut(graph.nodes)
  if (out.of(graph.root) === Infinity) {
    throw new GrammarError('no-instance', 'nothing that can be written fits the schema')
  }
  const book = new RuleBook()
  new GrammarWriter(book, out, bounded).write(graph.root)
  return book.text()
}
