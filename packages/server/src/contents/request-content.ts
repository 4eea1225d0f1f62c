/** What one request asked and was answered, as it is kept: two texts of JSON, each of a bounded size. */

/** Of one side, in bytes of JSON: what a long conversation takes, without its pictures. */
export const MOST_SIDE_BYTES = 256 * 1024

export interface RequestContent {
  /** The request's id, as in the request log. */
  readonly request: string
  /** When it arrived, in milliseconds since the Unix epoch. */
  readonly at: number
  readonly organisation: string
  readonly project: string
  /** From then on nobody reads it, and the next sweep deletes it. */
  readonly expiresAt: number
  /** Code of the error table: of the refusal, or of the failure that ended the answer. */
  readonly error: string | null
  /** The body as it was sent, but for media; `null` where it could not be read. */
  readonly asked: string | null
  readonly askedShortened: boolean
  /** As far as it was given out; `null` where nothing was. */
  readonly answered: string | null
  readonly answeredShortened: boolean
  /** An answer that began and did not come to its end. */
  readonly cut: boolean
}

/** Bytes of a record beside its texts, at most. */
const FRAME_BYTES = 1024

/** Of memory, at most: V8 keeps a text in one or in two bytes for each unit. */
export function memoryOf({ asked, answered }: Pick<RequestContent, 'asked' | 'answered'>): number {
  return textMemory(asked) + textMemory(answered) + FRAME_BYTES
}

export function textMemory(text: string | null): number {
  return text === null ? 0 : 2 * text.length
}
