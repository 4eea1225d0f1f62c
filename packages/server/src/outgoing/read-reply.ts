/** The body of a reply, whole and within its limit: as it comes, and as it unfolds. */

import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import type { Dispatcher } from 'undici'
import { OutgoingError } from './outgoing-error.ts'

type Reply = Pick<Dispatcher.ResponseData, 'headers' | 'body'>

/** @throws OutgoingError `size`, `encoding`, `cut`; and whatever the body rejects with */
export async function readReply({ headers, body }: Reply, mostBytes: number): Promise<Buffer> {
  const stated = headers['content-length']
  if (stated !== undefined && Number(stated) > mostBytes) throw tooLarge(mostBytes)
  // One that ends with its connection looks whole wherever it was cut.
  if (stated === undefined && headers['transfer-encoding'] === undefined) {
    throw new OutgoingError('cut', 'the reply does not say where it ends')
  }
  const unfold = unfolding(headers['content-encoding'])
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    bytes += piece.length
    if (bytes > mostBytes) throw tooLarge(mostBytes)
    pieces.push(piece)
  }
  const whole = Buffer.concat(pieces, bytes)
  return unfold === undefined ? whole : unfolded(whole, unfold, mostBytes)
}

type Unfold = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>

const UNFOLD: Readonly<Record<string, Unfold>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
}

/** How the body is folded; `undefined`: it is not. Nobody asked for it, but some do it all the same. */
function unfolding(encoding: string | string[] | undefined): Unfold | undefined {
  const name = [encoding ?? ''].flat().join(',').trim().toLowerCase()
  if (name === '' || name === 'identity') return undefined
  if (Object.hasOwn(UNFOLD, name)) return UNFOLD[name]
  throw new OutgoingError('encoding', 'the reply is compressed in a way that is not read')
}

async function unfolded(bytes: Buffer, unfold: Unfold, mostBytes: number): Promise<Buffer> {
  try {
    return await unfold(bytes, { maxOutputLength: mostBytes })
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(mostBytes)
    throw new OutgoingError('encoding', 'the reply is compressed, and broken', { cause: error })
  }
}

function tooLarge(mostBytes: number): OutgoingError {
  return new OutgoingError('size', `there is more of it than ${mostBytes} bytes`)
}
