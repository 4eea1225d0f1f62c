/**
 * The lenient switches of a key. Strict is the default; each switch lets one named thing pass, and the reply says so in
 * the header `x-moonbase-lenient`. Leniency is never a mood of the server.
 */
export const LENIENT_SWITCHES = {
  /** A value of `temperature`, `top_p`, `n` or a penalty that the model fixes is replaced instead of refused. */
  'drop-fixed-sampling': true,
  /** Fields that nobody knows are dropped instead of refused. */
  'ignore-unknown-fields': true,
  /** An empty `reasoning_content` counts as sent, where the platform took it for missing. */
  'accept-empty-reasoning': true,
  /** A JSON Schema outside MFJS is rewritten into it where that is possible. */
  'relax-schema': true,
  /** A message of role `developer` is read as one of role `system`. */
  'developer-as-system': true,
  /** A budget larger than what the window has left behind the prompt becomes that. */
  'clamp-budget': true,
  /** Parameters of a tool that are no schema of an object are none, and a schema outside MFJS is rewritten, or goes on unchecked. */
  'repair-tools': true,
  /** `partial` beside the messages is read as one of the last message. */
  'partial-at-top': true,
  /** Images at http(s) URLs are fetched, where the platform took data URLs and its own files only. */
  'fetch-image-urls': true,
  /** Reasoning that a client dropped is put back, as it was kept of the answer. */
  'restore-reasoning': true,
  /** Ids of calls are unique in a conversation, where the platform numbered the calls of each answer anew. */
  'unique-call-ids': true,
} as const

export type LenientSwitch = keyof typeof LENIENT_SWITCHES

export function isLenientSwitch(name: string): name is LenientSwitch {
  return Object.hasOwn(LENIENT_SWITCHES, name)
}

/** One thing that a switch let pass: which switch, and on which field. */
export interface LeniencyNote {
  readonly switch: LenientSwitch
  readonly field: string
}
