/** The ways in which an upstream of a play fails. */

import type { ServerResponse } from 'node:http'
import { type Delta, event } from './deltas.ts'

export type UpstreamFault =
  /** Instead of an answer. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** Nothing comes for so long; without `ms`, ever. */
  | { readonly before: 'silence'; readonly ms?: number }
  | { readonly before: 'reset' }
  /** After so many chunks of the answer. */
  | {
      readonly after: number
      readonly how: 'cut' | 'reset' | 'end' | 'stall' | 'malformed' | 'error' | 'half-character'
    }
  /** The whole answer and its finish, but no `[DONE]`. */
  | { readonly after: 'finish' }

export async function silence(response: ServerResponse, ms?: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = ms === undefined ? undefined : setTimeout(resolve, ms)
    response.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

export function fail(response: ServerResponse, how: string, next: Delta): Promise<void> | void {
  switch (how) {
    case 'stall':
      return silence(response)
    case 'end':
      response.end()
      return
    case 'malformed':
      response.end('data: {"choices":[{"index":0,"delta":{"content":\n\ndata: [DONE]\n\n')
      return
    case 'error':
      response.end('data: {"error":{"message":"engine died","type":"server_error"}}\n\n')
      return
    case 'half-character': {
      // The first byte of a character of three, inside a string that never ends.
      const text = Buffer.from(event({ choices: [{ ...next, delta: { content: '漢' } }] }))
      response.write(text.subarray(0, text.indexOf(0xe6) + 1), () => response.socket?.destroy())
      return
    }
    case 'reset':
      return flushed(response, () => response.socket?.resetAndDestroy())
    default:
      return flushed(response, () => response.socket?.destroy())
  }
}

/** What was written before has left when this happens. */
async function flushed(response: ServerResponse, then: () => void): Promise<void> {
  await new Promise<void>((resolve) => response.write(': the end\n\n', () => resolve()))
  await new Promise((resolve) => setImmediate(resolve))
  then()
}
