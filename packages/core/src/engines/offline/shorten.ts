/** A text as it is quoted: on one line, and no longer than it may be. */

export function shorten(text: string, longest: number): string {
  const line = text.replace(/\s+/g, ' ').trim()
  if (line.length <= longest) return line
  // Never through a character of two UTF-16 units.
  return `${line
    .slice(0, longest)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd()}…`
}
