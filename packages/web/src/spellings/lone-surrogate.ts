/** Halves of surrogate pairs that stand alone: no character, and no UTF-8 for them. */

/** Whether the surrogate at this place has not got its other half beside it. */
export function isLoneSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  if (code < 0xd800 || code > 0xdfff) return false
  if (code >= 0xdc00) return !isHigh(text.charCodeAt(at - 1))
  return !isLow(text.charCodeAt(at + 1))
}

const isHigh = (code: number): boolean => code >= 0xd800 && code <= 0xdbff
const isLow = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff

/** Whether any text of a request, keys of objects too, holds one. */
export function holdsLoneSurrogate(value: unknown): boolean {
  if (typeof value === 'string') return !value.isWellFormed()
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([key, one]) => !key.isWellFormed() || holdsLoneSurrogate(one))
}
