/** Gathers a prompt in pieces and joins neighbouring text, since text between two special tokens is encoded as one. */

import type { PromptPiece } from '../prompt-piece.ts'
import type { SpecialToken } from '../special-tokens.ts'

export class PieceWriter {
  readonly #pieces: PromptPiece[] = []
  /** The text since the last piece that was none. */
  #text = ''

  text(text: string): void {
    this.#text += text
  }

  special(token: SpecialToken): void {
    this.#closeText()
    this.#pieces.push({ type: 'special', token })
  }

  media(tokens: number): void {
    this.#closeText()
    this.#pieces.push({ type: 'media', tokens })
  }

  end(): PromptPiece[] {
    this.#closeText()
    return this.#pieces
  }

  #closeText(): void {
    if (this.#text === '') return
    this.#pieces.push({ type: 'text', text: this.#text })
    this.#text = ''
  }
}
