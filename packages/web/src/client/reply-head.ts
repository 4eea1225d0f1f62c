/** What the headers of a reply say of an answer. */

import type { LenientNote, ServedBy } from '../conversation/index.ts'
import type { Happened } from '../wire/read-chunk.ts'

/** @param isOffline whether an engine is the stand-in that runs no model */
export function headOf({ status, headers }: Response, isOffline: (engine: string) => boolean): Happened {
  const servedBy = servedByOf(headers.get('x-moonbase-served-by'), isOffline)
  const streamId = headers.get('x-moonbase-stream-id')
  const lenient = lenientNotes(headers.get('x-moonbase-lenient') ?? '')
  return {
    type: 'head',
    status,
    requestId: requestIdOf(headers),
    ...(streamId !== null && { streamId }),
    ...(servedBy !== undefined && { servedBy }),
    ...(lenient.length > 0 && { lenient }),
    countsApproximate: headers.get('x-moonbase-token-count') === 'approximate',
  }
}

export const requestIdOf = (headers: Headers): string =>
  headers.get('x-request-id') ?? headers.get('msh-request-id') ?? ''

/** `kimi-k2.5; engine=cluster`. */
function servedByOf(value: string | null, isOffline: (engine: string) => boolean): ServedBy | undefined {
  if (value === null) return undefined
  const [model = '', ...rest] = value.split('; engine=')
  const engine = rest.join('; engine=')
  return { model, engine, ...(isOffline(engine) && { offline: true }) }
}

/** `drop-fixed-sampling;fields="temperature top_p", …`. Field names have no quotes in them. */
function lenientNotes(value: string): LenientNote[] {
  return [...value.matchAll(/([\w-]+);fields="([^"]*)"/g)].map(([, name = '', fields = '']) => ({
    name,
    fields: fields.split(' ').filter((field) => field !== ''),
  }))
}

/** When a refused request may come again, in ms since the Unix epoch. The platform gives seconds. */
export function retryAt(headers: Headers, epoch: number): number | undefined {
  const text = headers.get('retry-after')
  const seconds = text === null || !/^\d{1,7}$/.test(text.trim()) ? undefined : Number(text)
  return seconds === undefined ? undefined : epoch + seconds * 1000
}
