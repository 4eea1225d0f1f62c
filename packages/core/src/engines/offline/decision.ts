/** What the engine makes of a request: what it thinks about it, and what it will say or call. */

export interface Decision {
  /** One or two plain sentences, for the reasoning. */
  readonly thought: string
  readonly text: string
  /** The bare value inside the text, such as `84`: what a prefix like "The answer is" has to be followed by. */
  readonly core?: string
  /** In place of the text where there is room for a few words only. */
  readonly brief?: string
  readonly calls?: readonly PlannedCall[]
}

export interface PlannedCall {
  readonly name: string
  /** JSON, but for a scripted reply that wants it broken. */
  readonly arguments: string
  /** Only where a script wants an id of its own. */
  readonly id?: string
}
