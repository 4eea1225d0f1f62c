/** A long text in pieces, of which only the last one grows: what is laid out stays laid out. */

const LINES_OF_PIECE = 40
const UNITS_OF_PIECE = 4096

/** Pieces of 40 lines, or of 4,096 units where lines are longer; joined they are the text. */
export function piecesOf(text: string, before: readonly string[] = []): readonly string[] {
  const kept = stillTrue(text, before)
  let from = kept.reduce((sum, piece) => sum + piece.length, 0)
  const pieces = [...kept]
  while (from < text.length) {
    const end = endOfPiece(text, from)
    pieces.push(text.slice(from, end))
    from = end
  }
  return pieces
}

/** All but the last of the pieces before, where the text still begins with them. */
function stillTrue(text: string, before: readonly string[]): readonly string[] {
  const kept = before.slice(0, -1)
  let from = 0
  for (const piece of kept) {
    if (!text.startsWith(piece, from)) return []
    from += piece.length
  }
  return kept
}

function endOfPiece(text: string, from: number): number {
  let end = from
  for (let lines = 0; lines < LINES_OF_PIECE; lines += 1) {
    const next = text.indexOf('\n', end)
    if (next === -1 || next - from >= UNITS_OF_PIECE) {
      if (end > from && next !== -1) return end
      return text.length - from <= UNITS_OF_PIECE ? text.length : whole(text, end > from ? end : from + UNITS_OF_PIECE)
    }
    end = next + 1
  }
  return end
}

/** Not inside a character of two units. */
function whole(text: string, end: number): number {
  const unit = text.charCodeAt(end - 1)
  return unit >= 0xd800 && unit <= 0xdbff ? end - 1 : end
}
