/** A rendered prompt as text, as token ids, and as a count of them. */

import type { PromptPiece } from '../prompt-piece.ts'
import type { SpecialToken } from '../special-tokens.ts'
import type { Tokenizer } from '../tokenizer.ts'

const MEDIA_PAD: SpecialToken = '<|media_pad|>'

/** A vocabulary of another family: the template needs a token that it does not have. */
export class MissingSpecialTokenError extends RangeError {
  override readonly name = 'MissingSpecialTokenError'
  readonly token: SpecialToken

  constructor(token: SpecialToken) {
    super(`this vocabulary has no token ${token}`)
    this.token = token
  }
}

/**
 * The prompt as one string, as the original template gives it: specials by their names, media as one `<|media_pad|>`
 * each. For people and for tests: to encode it again would make specials of whatever a user typed.
 */
export function promptText(pieces: readonly PromptPiece[]): string {
  let text = ''
  for (const piece of pieces) {
    if (piece.type === 'text') text += piece.text
    else text += piece.type === 'special' ? piece.token : MEDIA_PAD
  }
  return text
}

/**
 * The ids that the model reads. Text is fenced off: it is encoded as the text it is, even where it spells a special
 * token. Media stand as so many `<|media_pad|>`. Throws a `MissingSpecialTokenError`.
 */
export function encodePieces(pieces: readonly PromptPiece[], tokenizer: Tokenizer): number[] {
  const ids: number[] = []
  for (const piece of pieces) {
    if (piece.type === 'text') {
      // One at a time: a spread of a long text's ids into `push` would overflow the stack.
      for (const id of tokenizer.encode(piece.text)) ids.push(id)
    } else if (piece.type === 'special') {
      ids.push(idOf(piece.token, tokenizer))
    } else {
      const pad = idOf(MEDIA_PAD, tokenizer)
      for (let left = piece.tokens; left > 0; left -= 1) ids.push(pad)
    }
  }
  return ids
}

/** The length of `encodePieces(pieces, tokenizer)`, without building it. Throws a `MissingSpecialTokenError` as it does. */
export function countPieces(pieces: readonly PromptPiece[], tokenizer: Tokenizer): number {
  let count = 0
  for (const piece of pieces) {
    if (piece.type === 'text') {
      count += tokenizer.count(piece.text)
    } else if (piece.type === 'special') {
      idOf(piece.token, tokenizer)
      count += 1
    } else {
      idOf(MEDIA_PAD, tokenizer)
      count += piece.tokens
    }
  }
  return count
}

function idOf(token: SpecialToken, tokenizer: Tokenizer): number {
  const id = tokenizer.specialId(token)
  if (id === undefined) throw new MissingSpecialTokenError(token)
  return id
}
