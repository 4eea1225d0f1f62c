/** The keys of a JSON answer that a prompt names: as keys, or as what is to be extracted. */

export interface NamedKeys {
  readonly keys: readonly string[]
  /** The part of the prompt that names them: no value is taken from there. */
  readonly described: string
}

export function namedKeys(text: string, most: number): NamedKeys {
  const called = keysCalledSo(text, most)
  return called.keys.length > 0 ? called : keysWanted(text, most)
}

/** "with keys name, age and city", "fields: title, year". */
function keysCalledSo(text: string, most: number): NamedKeys {
  const listed =
    /\b(?:keys?|fields?|properties|attributes|propert(?:y|ies)|columns?)\b(?:\s+(?:named|called|are|is|must be|should be|like))?\s*:?\s*((?:["'`“]?[\p{L}_$][\p{L}\p{N}_$-]{0,60}["'`”]?(?:\s*\([^)\n]{0,60}\))?\s*(?:,\s*(?:and\s+)?|and\s+|&\s*|\/\s*)?){1,40})/iu.exec(
      text,
    )?.[1]
  if (listed === undefined) return { keys: [], described: '' }
  const keys: string[] = []
  let end = 0
  // A list goes on as long as its members are joined; the first word that is not ends it.
  for (const member of listed.matchAll(
    /["'`“]?([\p{L}_$][\p{L}\p{N}_$-]{0,60})["'`”]?(?:\s*\([^)\n]{0,60}\))?(\s*(?:,\s*(?:and\s+)?|and\s+|&\s*|\/\s*)?)/giu,
  )) {
    const [whole, key, joiner = ''] = member
    if (key === undefined || (NOT_KEYS.test(key) && /^[\p{L}]/u.test(whole))) break
    keys.push(key)
    end = member.index + whole.length - joiner.length
    if (!/[,&/]|and/i.test(joiner)) break
  }
  return { keys: [...new Set(keys)].slice(0, most), described: listed.slice(0, end) }
}

const NOT_KEYS = /^(?:and|for|of|in|with|about|from|that|which|the|a|an|to|as|only|must|should|are|is|json)$/i

/** What says that a list of things to be given follows. */
const WANTED = [
  /\bjson(?: (?:object|document|response|format|output))?(?: (?:with|containing|contains|including|having|of|that has|that contains))?:?(?: only)?\s+/giu,
  /\b(?:extract|pull out|identify|capture|parse|return|give|provide|output|include|find|get|list)\b(?: (?:me|us|out))?(?: (?:the )?(?:following|information|details|data|values?)(?: as json)?)?:?\s+/giu,
  /\b(?:profile|record|entry|object|user|person|product|item)s? with\s+/giu,
]
const MOST_PLACES = 20
/** Of a list: what is longer is no list of keys, and reading it again and again would cost. */
const LIST_CHARACTERS = 600
const ENDS = /\s+(from|out of|of|in|for|as|about|on|to)\b|\s*[:.;!?\n]|$/i
const JOINERS = /\s*,\s*(?:and\s+)?|\s+and\s+|\s*[&/]\s*/i
const OWNER = /^(?:(?:the|an?|his|her|its|their|both|each|\p{L}+['’]s)\s+)+/iu
const MEMBER = /^[\p{L}_$][\p{L}\p{N}_$-]{0,40}(?: [\p{L}\p{N}_$-]{1,40}){0,2}$/u

/** "Extract the name, age from: …", "JSON with full name and city": one thing alone only where it is said from what. */
function keysWanted(text: string, most: number): NamedKeys {
  let places = 0
  for (const opening of WANTED) {
    for (const { index, 0: said } of text.matchAll(opening)) {
      places += 1
      if (places > MOST_PLACES) return NO_KEYS
      const from = index + said.length
      const list = text.slice(from, from + LIST_CHARACTERS)
      const end = ENDS.exec(list)
      const described = list.slice(0, end?.index)
      const keys = described.split(JOINERS, most).map(keyOf)
      if (keys.includes('') || (keys.length === 1 && !/^(?:from|out of)$/i.test(end?.[1] ?? ''))) continue
      return { keys: [...new Set(keys)], described }
    }
  }
  return NO_KEYS
}

const NO_KEYS: NamedKeys = { keys: [], described: '' }

/** Things that are asked for, and are not what the answer is made of. */
const NO_KEY =
  /\b(?:json|it|this|that|them|me|you|us|only|valid|text|sentence|following|information|details|data|format|response|request)\b/i

/** A name as code has them stays as it is, and words of a sentence become one; `''` for what is no name. */
function keyOf(member: string): string {
  const plain = member
    .trim()
    .replace(OWNER, '')
    .replace(/["'`“”]/g, '')
  if (!MEMBER.test(plain) || NO_KEY.test(plain)) return ''
  return plain.includes(' ') ? plain.toLowerCase().replaceAll(' ', '_') : plain
}
