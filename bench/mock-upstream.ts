/**
 * The model's host of the bench, a process of its own: it answers from prebuilt bytes over bare sockets, so that it costs
 * far less than what is measured. Each event is an HTTP chunk of its own, as inference servers send them.
 */

import { createServer, type Socket } from 'node:net'
import { nowUs } from './clock.ts'
import {
  CHUNKS,
  CUT_AFTER,
  DONE_EVENT,
  FINISH_EVENT,
  FIRST_EVENT,
  LATER_MS,
  MARKER,
  MODEL_LIST,
  pieceEvent,
  SCENES,
  type Scene,
  promptTokensOf,
  usageEvent,
  wholeReplyTo,
} from './script.ts'
import { Pacer, type PacedStream } from './upstream/pacer.ts'
import type { UpstreamReport } from './upstream/report.ts'
import { RequestReader, type UpstreamRequest } from './upstream/request-reader.ts'

const STREAM_HEAD = [
  'HTTP/1.1 200 OK',
  'content-type: text/event-stream; charset=utf-8',
  'cache-control: no-cache',
  'transfer-encoding: chunked',
  '\r\n',
].join('\r\n')
const LAST_CHUNK = '0\r\n\r\n'
const MODELS_BYTES = wholeReply(200, MODEL_LIST)
const NOT_FOUND_BYTES = wholeReply(404, '{"error":{"message":"no such route","type":"resource_not_found_error"}}')
const CUT_BYTES = Buffer.from(STREAM_HEAD + framed(FIRST_EVENT) + pieces(CUT_AFTER))

const MARKER_BYTES = Buffer.from(MARKER)
const STREAM_ASKED = [Buffer.from('"stream":true'), Buffer.from('"stream": true')]

const pacer = new Pacer()
let openStreams = 0
let requests = 0

const server = createServer({ noDelay: true }, (socket) => {
  const reader = new RequestReader()
  socket.on('data', (bytes) => {
    for (const request of reader.push(bytes)) answer(socket, request)
  })
  // A gateway that lets go of a stream resets the connection, which is no fault of anybody.
  socket.on('error', () => socket.destroy())
})
server.listen(0, '127.0.0.1', 4096, () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the upstream has no port')
  report({ type: 'ready', port: address.port })
})
process.on('message', () => report({ type: 'count', openStreams, requests }))
// Whoever started us is gone.
process.on('disconnect', () => process.exit(0))

/** What is written for prompts of so many tokens, made once. */
interface Prebuilt {
  readonly whole: Buffer
  readonly burst: Buffer
  readonly streamEnd: string
}

/** By tokens of the prompt, of which the bench has a dozen. */
const prebuilt = new Map<number, Prebuilt>()

function repliesTo({ body }: UpstreamRequest): Prebuilt {
  const promptTokens = promptTokensOf(body.length)
  const known = prebuilt.get(promptTokens)
  if (known !== undefined) return known
  const streamEnd = [FINISH_EVENT, usageEvent(promptTokens), DONE_EVENT].map(framed).join('') + LAST_CHUNK
  const made = {
    whole: wholeReply(200, wholeReplyTo(promptTokens)),
    burst: Buffer.from(STREAM_HEAD + framed(FIRST_EVENT) + pieces(CHUNKS) + streamEnd),
    streamEnd,
  }
  prebuilt.set(promptTokens, made)
  return made
}

function answer(socket: Socket, request: UpstreamRequest): void {
  requests++
  if (request.method === 'GET' && request.path.endsWith('/models')) return void socket.write(MODELS_BYTES)
  if (!request.path.endsWith('/chat/completions')) return void socket.write(NOT_FOUND_BYTES)
  const replies = repliesTo(request)
  if (!STREAM_ASKED.some((asked) => request.body.includes(asked))) return void socket.write(replies.whole)
  switch (sceneOf(request.body)) {
    case 'idle':
      return idle(socket)
    case 'paced':
      return pace(socket, replies.streamEnd)
    case 'cut':
      return void socket.write(CUT_BYTES, () => socket.destroy())
    case 'later':
      return void setTimeout(() => socket.write(replies.burst), LATER_MS)
    case 'burst':
    case 'whole':
      return void socket.write(replies.burst)
  }
}

function sceneOf(body: Buffer): Scene {
  // In the last message: from the end on, a history of 177 KB is not searched.
  const at = body.lastIndexOf(MARKER_BYTES) + MARKER_BYTES.length
  const word = body.toString('latin1', at, at + 5)
  return SCENES.find((scene) => word.startsWith(scene)) ?? 'burst'
}

/** The first piece goes out at once, with the head and the role: the time to it is then the gateway's alone. */
function pace(socket: Socket, end: string): void {
  let index = 0
  const stream: PacedStream = {
    step() {
      const opening = index === 0 ? STREAM_HEAD + framed(FIRST_EVENT) : ''
      const last = index === CHUNKS - 1
      socket.write(opening + framed(pieceEvent(index, nowUs())) + (last ? end : ''), 'latin1')
      index++
      if (last) ended()
    },
  }
  const ended = countOpen(socket, () => pacer.remove(stream))
  stream.step()
  pacer.add(stream)
}

function idle(socket: Socket): void {
  socket.write(STREAM_HEAD + framed(FIRST_EVENT) + framed(pieceEvent(0, nowUs())))
  countOpen(socket)
}

/** Counts a stream as open until its connection closes or the returned function says that it came to its end. */
function countOpen(socket: Socket, onEnd?: () => void): () => void {
  const ended = () => {
    socket.off('close', ended)
    openStreams--
    onEnd?.()
  }
  openStreams++
  socket.once('close', ended)
  return ended
}

function pieces(count: number): string {
  return Array.from({ length: count }, (_, index) => framed(pieceEvent(index, 0))).join('')
}

function framed(event: string): string {
  return `${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`
}

function wholeReply(status: number, body: string): Buffer {
  const head = ['content-type: application/json', `content-length: ${Buffer.byteLength(body)}`, '\r\n']
  return Buffer.from(`HTTP/1.1 ${status} ${status === 200 ? 'OK' : 'Not Found'}\r\n${head.join('\r\n')}${body}`)
}

function report(message: UpstreamReport): void {
  process.send?.(message)
}
