/** Which addresses of an answer become links: web and mail alone, and never one that looks like another. */

export interface SafeAddress {
  readonly href: string
  /** As the browser would ask it; empty for mail. */
  readonly host: string
}

export function safeAddress(text: string): SafeAddress | null {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  if (url.protocol === 'mailto:') return { href: url.href, host: '' }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null
  // `https://known.example@other.example/` would be read as the first, and go to the second.
  if (url.username !== '' || url.password !== '') return null
  return { href: url.href, host: url.host }
}
