/** Where an event of a stream begins and ends, and which number it has: one rule for all who count them. */

/** A run of events as it goes out, and the number of the last of them. */
export interface NumberedEvents {
  readonly text: string
  readonly last: number
}

const COLON = 0x3a

/** Behind the blank line that closes what begins at `at`. No event holds a blank line of its own: an encoder's promise. */
export function endOfEvent(text: string, at: number): number {
  const blank = text.indexOf('\n\n', at)
  return blank === -1 ? text.length : blank + 2
}

/** A comment is no event: it has no number, and readers skip it. */
export function isComment(text: string, at: number): boolean {
  return text.charCodeAt(at) === COLON
}

/** Gives each event its `id:` line; the first of them is number `first`. Source: WHATWG HTML, section 9.2.6. */
export function numberEvents(text: string, first: number): NumberedEvents {
  let numbered = ''
  let number = first
  for (let at = 0, end = 0; at < text.length; at = end) {
    end = endOfEvent(text, at)
    if (!isComment(text, at)) {
      numbered += `id: ${number}\n`
      number += 1
    }
    numbered += text.slice(at, end)
  }
  return { text: numbered, last: number - 1 }
}

/** What stands behind the first `count` events. A comment belongs to the event behind it. */
export function skipEvents(text: string, count: number): string {
  let at = 0
  for (let left = count; left > 0 && at < text.length;) {
    if (!isComment(text, at)) left -= 1
    at = endOfEvent(text, at)
  }
  return text.slice(at)
}
