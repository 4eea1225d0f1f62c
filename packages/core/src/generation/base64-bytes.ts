/** Bytes inside a long base64 text, decoded a window at a time where somebody looks. */

import type { ByteSource } from '@moonbase/format'

/** Bytes decoded at once: a header is small, and the next thing looked at is mostly near. A multiple of three. */
const WINDOW = 1536

/** Takes standard base64 with its padding. */
export function base64Bytes(base64: string): ByteSource {
  const total = lengthOfBase64(base64)
  /** The bytes from `start` on that were decoded last. */
  let window = new Uint8Array(0)
  let start = 0
  return {
    at(offset, length) {
      const end = Math.min(offset + length, total)
      if (offset >= end) return new Uint8Array(0)
      if (offset < start || end > start + window.length) {
        start = offset - (offset % 3)
        window = decodeWindow(base64, start, Math.max(WINDOW, end - start))
      }
      return window.subarray(offset - start, end - start)
    },
  }
}

/** Bytes that standard base64 with its padding stands for. */
export function lengthOfBase64(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  return (base64.length / 4) * 3 - padding
}

/** `start` is a multiple of three, so that whole groups of four characters are decoded. */
function decodeWindow(base64: string, start: number, length: number): Uint8Array<ArrayBuffer> {
  const from = (start / 3) * 4
  const text = atob(base64.slice(from, from + Math.ceil(length / 3) * 4))
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at)
  return bytes
}
