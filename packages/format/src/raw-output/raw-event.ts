/** What comes out of a reading of the model's raw output, and the places in which such a reading can stand. */

/**
 * One thing that the model wrote, in the order in which it wrote it.
 *
 * The first piece of a call carries its whole name, and `rawId` where the model wrote an id. Calls are counted without
 * gaps. The pieces of `arguments` joined are the JSON text as the model wrote it, without white space around it, and
 * possibly not valid.
 */
export type RawEvent =
  | { readonly type: 'reasoning' | 'text'; readonly text: string }
  | {
      readonly type: 'tool-call'
      readonly call: number
      readonly name?: string
      readonly rawId?: string
      readonly arguments: string
    }

/**
 * Where a reading begins, or stands. The prompt of a thinking model ends with `<think>`, so its output begins in the
 * thought; without thinking it ends with `<think></think>`, and the output begins in the text. A continuation begins
 * where the answer was cut.
 */
export type RawPlace =
  | { readonly in: 'thought' }
  /** `begun`: some of the text was there before. A think marker is a slip at the beginning of a text, and text within it. */
  | { readonly in: 'text'; readonly begun?: boolean }
  /** Between calls or behind the last one, when so many have begun. */
  | { readonly in: 'calls'; readonly calls: number }
  /** Inside a call, behind the piece of its arguments that is already there. */
  | { readonly in: 'arguments'; readonly call: number; readonly name: string; readonly arguments: string }
