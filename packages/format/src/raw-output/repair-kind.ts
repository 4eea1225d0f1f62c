/** Every slip that the reading of raw output mends, by name: the closed list behind a metric. */

export const REPAIR_KINDS = [
  /** A call inside the thought, which was never closed or goes on behind it. */
  'calls-in-thought',
  /** `<think>` where the thought is already open, or where the text begins. */
  'extra-think-begin',
  /** `</think>` where no thought is open. */
  'extra-think-end',
  /** A whole thought came as text: only its end shows that it was one. */
  'unsplit-thought',
  /** A marker in a spelling that is not the template's, such as the singular `<|tool_call_section_begin|>`. */
  'variant-marker',
  /** A tool marker where it means nothing. */
  'stray-marker',
  /** The answer ended inside a tool marker. */
  'cut-marker',
  /** `<|im_end|>` as text. */
  'leaked-end',
  /** `<|im_assistant|>assistant<|im_middle|>` before a text. */
  'role-header',
  /** Something was written behind the end of the message; it is not given out. */
  'text-after-end',
  'missing-section-begin',
  'missing-section-end',
  'missing-call-begin',
  'missing-call-end',
  'missing-argument-begin',
  /** A section without a call; what follows it is what it would be without it. */
  'empty-section',
  /** Something was written between or behind calls; it is not given out. */
  'text-after-calls',
  /** `search:2` */
  'id-without-prefix',
  /** `functions.search` */
  'id-without-index',
  /** `tools.search:2` */
  'foreign-prefix',
  /** `call_a1b2c3`: the name was found by the arguments, or is made of the id. */
  'foreign-id',
  'overlong-id',
  /** A call whose name nothing tells; it is not given out. */
  'unnamed-call',
  /** The name is not among the declared tools. The call is given out all the same. */
  'undeclared-tool',
  /** A call where none may be made; it is not given out. */
  'forbidden-call',
  /** A call without arguments has `{}`. */
  'empty-arguments',
  /** Arguments that are not the JSON of an object. They are given out as they are. */
  'malformed-arguments',
] as const

export type RepairKind = (typeof REPAIR_KINDS)[number]
