/** A piece of a long base64 text, decoded without decoding the rest. */

/** In memory of its own, so that it can be handed over to a worker instead of copied. Fewer bytes where the text ends. */
export function decodeSlice(base64: string, offset: number, length: number): Buffer<ArrayBuffer> {
  const start = Math.floor(offset / 3) * 4
  const text = base64.slice(start, start + Math.ceil(((offset % 3) + length) / 3) * 4)
  const bytes = Buffer.allocUnsafeSlow(Math.floor((text.length / 4) * 3))
  const written = bytes.write(text, 'base64')
  return bytes.subarray(offset % 3, Math.min(written, (offset % 3) + length))
}
