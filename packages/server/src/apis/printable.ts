/** Words of an upstream or a client that end up in a header: only what a header may hold. */
export function printable(text: string): string {
  return text.slice(0, MAXIMUM_HEADER_CHARACTERS).replace(/[^\x20-\x7e]/g, '?')
}

const MAXIMUM_HEADER_CHARACTERS = 512
