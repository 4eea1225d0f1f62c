/**
 * `JSON.parse` for text that a stranger wrote.
 *
 * V8 13.6 (Node 24) has a fault: once an object with the key `\` was parsed, another text whose key in the same place
 * begins with an escape is given that key too (`{"a":1,"\n":2}` becomes `{"a":1,"\\":2}`), in the whole process. One
 * request could so change what another one says. Nobody names a property `\`, so such a text is refused. Measured with
 * Node 24.21; Node 20 reads both rightly.
 */

/** The key `\`, however it is spelled. */
const BACKSLASH_KEY = /"(?:\\\\|\\u005[cC])"\s*:/

/** Throws a `SyntaxError` for what is no JSON, and for a property named `\`. */
export function parseJson(text: string): unknown {
  if (text.includes('\\') && BACKSLASH_KEY.test(text)) throw new SyntaxError('a property named "\\\\" is not supported')
  return JSON.parse(text)
}
