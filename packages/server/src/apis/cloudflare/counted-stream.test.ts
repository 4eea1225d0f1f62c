import assert from 'node:assert/strict'
import { once } from 'node:events'
import { it } from 'node:test'
import type { BodySink } from '../../http/exchange.ts'
import { openEvents } from '../../http/open-events.ts'
import { headOf, serveExchanges } from '../../http/testing/serve-exchanges.ts'
import { counted } from './counted-stream.ts'

/** The body of a chunked reply. */
const bodyOf = (reply: string): string =>
  [...reply.slice(reply.indexOf('\r\n\r\n')).matchAll(/[0-9a-f]+\r\n([^\r]*)\r\n/g)].map(([, text]) => text).join('')

const TITLE = 'who has closed his half has as many blank lines as events, however often he is asked whether he is there'

it(TITLE, { timeout: 60_000 }, async () => {
  const opened = Promise.withResolvers<BodySink>()
  await using served = await serveExchanges((exchange) => opened.resolve(openEvents(counted(exchange))))
  const socket = served.say(headOf('GET'))
  let reply = ''
  socket.setEncoding('utf8').on('data', (piece: string) => (reply += piece))
  const heard = async (what: RegExp): Promise<void> => {
    while (!what.test(bodyOf(reply))) await once(socket, 'data')
  }
  const closed = once(socket, 'close')
  const sink = await opened.promise
  sink.write(': a comment of ours\n\ndata: a\n\n')
  await heard(/a\n\n/)
  socket.end()
  await heard(/(?::\n+){2}/)
  sink.write('data: b\n\n: another\n\n')
  sink.end()
  await closed
  assert.match(bodyOf(reply), /^data: a\n\n(?::\n){2,}data: b\n\n$/)
})
