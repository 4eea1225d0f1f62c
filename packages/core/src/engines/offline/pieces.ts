/** Cuts a text into pieces as a stream brings them: about a token each, and never through a character. */

/** Puts a text into pieces; joined they are the text again. */
export type Cut = (text: string) => Iterable<string>

/** ASCII characters of a piece of something long, such as JSON without spaces. */
const ASCII_PIECE = 6
/** UTF-16 units from which on a piece of other text is full. */
const OTHER_PIECE = 3

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** A word with the space before it, a few characters of something longer, a character or two of Chinese. */
export function* tokenPieces(text: string): Generator<string, void, void> {
  for (const [run] of text.matchAll(/[\t\n\r ]*[^\t\n\r ]+|[\t\n\r ]+/g)) {
    if (!isAscii(run)) yield* graphemePieces(run)
    else if (run.length <= ASCII_PIECE * 2) yield run
    else for (let start = 0; start < run.length; start += ASCII_PIECE) yield run.slice(start, start + ASCII_PIECE)
  }
}

function* graphemePieces(run: string): Generator<string, void, void> {
  let piece = ''
  for (const { segment } of graphemes.segment(run)) {
    piece += segment
    if (piece.length < OTHER_PIECE) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7f) return false
  return true
}

/** The text in one piece. */
export function onePiece(text: string): Iterable<string> {
  return text === '' ? [] : [text]
}

/** Pieces of so many characters, in code points. */
export function piecesOfSize(size: number): Cut {
  return function* sized(text) {
    let piece = ''
    let length = 0
    for (const character of text) {
      piece += character
      length += 1
      if (length < size) continue
      yield piece
      piece = ''
      length = 0
    }
    if (piece !== '') yield piece
  }
}

/** The pieces of a script, for a text that they make, or for a beginning or an end of it. */
export function piecesAsScripted(chunks: readonly string[]): Cut {
  const whole = chunks.join('')
  return function* scripted(text) {
    // A prefix that the client sent takes the front away, a budget the back.
    let skipped = whole.startsWith(text) ? 0 : Math.max(0, whole.indexOf(text))
    let left = text.length
    for (const chunk of chunks) {
      const piece = chunk.slice(Math.min(skipped, chunk.length)).slice(0, left)
      skipped = Math.max(0, skipped - chunk.length)
      left -= piece.length
      if (piece !== '') yield piece
    }
  }
}
