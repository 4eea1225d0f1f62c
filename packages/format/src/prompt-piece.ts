/** A rendered prompt in pieces: user text fenced off from special tokens, media as the tokens they will take. */

import type { SpecialToken } from './special-tokens.ts'

/**
 * - `text` is plain text: whatever it says, it never becomes a special token. Two `text` pieces never follow each other,
 *   since neighbouring text is encoded as one.
 * - `media` stands for so many `<|media_pad|>` ids: one in the rendered text, `tokens` of them in the count.
 */
export type PromptPiece =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'special'; readonly token: SpecialToken }
  | { readonly type: 'media'; readonly tokens: number }
