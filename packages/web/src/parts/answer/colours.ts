/** Asks the worker which parts of a text are keywords, strings, comments; the worker is started when code is first seen. */

import { scriptAddress } from '../../script-address.ts'

export type ColourKind = 'keyword' | 'string' | 'comment' | 'name' | 'number'
export type ColourSpan = readonly [begin: number, end: number, kind: ColourKind]

export interface ColourRequest {
  readonly id: number
  readonly language: string
  readonly text: string
}

export interface ColourReply {
  readonly id: number
  readonly spans: readonly ColourSpan[]
}

let worker: Worker | null = null
let last = 0
const waiting = new Map<number, (spans: readonly ColourSpan[]) => void>()

function started(): Worker {
  if (worker !== null) return worker
  worker = new Worker(scriptAddress('colours'), { type: 'module' })
  worker.addEventListener('message', ({ data }: MessageEvent<ColourReply>) => {
    waiting.get(data.id)?.(data.spans)
    waiting.delete(data.id)
  })
  worker.addEventListener('error', () => {
    for (const answer of waiting.values()) answer([])
    waiting.clear()
  })
  return worker
}

export function colourRanges(language: string, text: string): Promise<readonly ColourSpan[]> {
  last += 1
  const request: ColourRequest = { id: last, language, text }
  const { promise, resolve } = Promise.withResolvers<readonly ColourSpan[]>()
  waiting.set(request.id, resolve)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- to a worker, which has none
  started().postMessage(request)
  return promise
}
