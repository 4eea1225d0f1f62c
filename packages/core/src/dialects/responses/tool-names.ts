/** Names of tools: those in a namespace are told to the model in one word, and come back in two. */

/** How a tool is called on the wire. */
export interface ToolName {
  readonly name: string
  readonly namespace?: string
  /** Its input is a text of any form, and not arguments. */
  readonly custom: boolean
}

/** What models take for a name. */
const MOST_CHARACTERS = 64

/** By the name that the model knows. */
export type ToolNames = ReadonlyMap<string, ToolName>

/** `namespace__name`; what is longer than a name may be is cut, and a hash keeps it apart from others. */
export function flatName(name: string, namespace: string | undefined): string {
  if (namespace === undefined) return name
  const whole = `${namespace}__${name}`
  if (whole.length <= MOST_CHARACTERS) return whole
  const mark = `_${fnv1a(whole)}`
  return whole.slice(0, MOST_CHARACTERS - mark.length) + mark
}

/** FNV-1a with 32 bits, as eight hex digits: short, and the same at every start. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
