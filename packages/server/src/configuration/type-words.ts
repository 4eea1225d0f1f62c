/** What JSON Schema calls types, in words for people. */

const TYPE_WORDS: Readonly<Record<string, string>> = {
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
}

/** `text or a list`. `objects`: what an object is called where it is written. */
export function typeWords(types: unknown, objects: string): string {
  return [types]
    .flat()
    .map((type) => (type === 'object' ? objects : (TYPE_WORDS[String(type)] ?? String(type))))
    .join(' or ')
}
