/** A request in the fragment of an address: packed, and never sent to a server. Opened it is shown, and runs by nobody but the person. */

import type { ChatRequest } from '@moonbase/protocol'
import { isRequest } from './request-text.ts'

/** Characters of a link that is still taken: beyond it nobody made it by hand or by *Share*. */
const LONGEST = 2_000_000
/** Bytes that a packed request may become. */
const MOST_BYTES = 20_000_000

function base64Url(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0))
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array> {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader()
  const chunks: Uint8Array[] = []
  let sum = 0
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    sum += read.value.length
    if (sum > MOST_BYTES) throw new RangeError('the link holds more than a request')
    chunks.push(read.value)
  }
  const whole = new Uint8Array(sum)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

/** `#r=…` */
export async function shareFragment(request: ChatRequest): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(request))
  return `#r=${base64Url(await through(bytes, new CompressionStream('deflate-raw')))}`
}

/** null where the fragment holds no request. */
export async function sharedRequest(fragment: string): Promise<ChatRequest | null> {
  if (!fragment.startsWith('#r=') || fragment.length > LONGEST) return null
  try {
    const bytes = await through(fromBase64Url(fragment.slice(3)), new DecompressionStream('deflate-raw'))
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return isRequest(value) ? value : null
  } catch {
    // Cut, or another's fragment: the page opens as without it.
    return null
  }
}

/** `?model=&system=&prompt=&thinking=` as a request; null where none of them is there. */
export function deepLinked(search: string, model: string): ChatRequest | null {
  const query = new URLSearchParams(search)
  const [prompt, system, thinking] = [query.get('prompt'), query.get('system'), query.get('thinking')]
  if (prompt === null && system === null && thinking === null) return null
  return {
    model: query.get('model') ?? model,
    messages: [
      ...(system === null ? [] : [{ role: 'system' as const, content: system }]),
      ...(prompt === null ? [] : [{ role: 'user' as const, content: prompt }]),
    ],
    stream: true,
    ...(thinking === 'off' || thinking === 'disabled' ? { thinking: { type: 'disabled' as const } } : {}),
  }
}
