/**
 * The worker that opens videos: MediaInfoLib as WebAssembly, away from the event loop, since what it parses is hostile.
 *
 * It holds nothing of a video but the piece that it looks at. A video that makes it fail ends it; the next one gets a
 * new worker.
 */

import { parentPort } from 'node:worker_threads'
import { mediaInfoFactory } from 'mediainfo.js'
import type { VideoMeasure } from '@moonbase/format'
import type { ProbeOrder, ProbeReport } from './probe-messages.ts'
import { ByteWindow } from './count-frames/byte-window.ts'
import { NoVideo, measureOf } from './video-facts.ts'

/** Most that one `read` asks for. Small, because the library loses its place in FLV when it gets a whole file at once. */
const CHUNK = 128 * 1024
/** Bytes of memory that the library may grow to; it takes 33 MB at its start. `resourceLimits` knows nothing of them. */
const MAXIMUM_MEMORY = 192 * 1024 * 1024

/** The library wanted more memory and got none. It does not look, and may have written anywhere in what it has. */
let isStarved = false
limitMemory()

if (parentPort === null) throw new Error('probe-worker.ts runs in a worker only')
const port = parentPort
/** Gets the bytes of the read that is under way. At most one is. */
let answer: ((bytes: Uint8Array) => void) | undefined

const library = await mediaInfoFactory({ format: 'object', chunkSize: CHUNK })
port.on('message', (order: ProbeOrder) => {
  if (order.type === 'measure') return void report(order)
  answer?.(order.bytes)
})
say({ type: 'ready' })

async function report(order: { readonly mime: string; readonly size: number }): Promise<void> {
  try {
    say({ type: 'measured', measure: await measured(order) })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    say({ type: 'unreadable', reason, broken: !(error instanceof NoVideo) })
  }
}

async function measured({ mime, size }: { readonly mime: string; readonly size: number }): Promise<VideoMeasure> {
  const found = await library.analyzeData(size, read)
  if (isStarved) throw new Error('takes too much memory')
  return measureOf(found.media?.track ?? [], mime, new ByteWindow(size, read))
}

function read(length: number, offset: number): Promise<Uint8Array> {
  return new Promise((resolve) => {
    answer = resolve
    say({ type: 'read', offset, length })
  })
}

function say(message: ProbeReport): void {
  port.postMessage(message)
}

/** Emscripten grows its memory through this method, and takes an exception for a system that has no more. */
function limitMemory(): void {
  const grow: (this: WebAssembly.Memory, pages: number) => number = Reflect.get(WebAssembly.Memory.prototype, 'grow')
  WebAssembly.Memory.prototype.grow = function (this: WebAssembly.Memory, pages: number): number {
    if (this.buffer.byteLength + pages * 65_536 <= MAXIMUM_MEMORY) return grow.call(this, pages)
    isStarved = true
    throw new RangeError('past the memory of a video')
  }
}
