import assert from 'node:assert/strict'
import { type Socket, createSocket } from 'node:dgram'
import { after, before, describe, it } from 'node:test'
import { once } from '../../../../test/support/eventually.ts'
import { nameServers } from './name-servers.ts'

const FOUR = [
  [192, 0, 2, 1],
  [192, 0, 2, 2],
]
const SIX = [[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]]
const TYPE_A = 1
const TYPE_AAAA = 28
/** As RFC 1035 has them: a response to a question that was asked, and that there is no such name. */
const RESPONSE = 0x8180
const NO_SUCH_NAME = 0x8183

/** Says where `two.example` and `six.example` are, that there is no `none.example`, and nothing about others. */
function answer(question: Buffer): Buffer | undefined {
  const end = question.indexOf(0, 12) + 1
  const name = question.subarray(12, end).toString('latin1')
  const type = question.readUInt16BE(end)
  if (!/two|six|none/.test(name)) return undefined
  const given =
    name.includes('none') || (name.includes('six') && type === TYPE_A) ? [] : type === TYPE_AAAA ? SIX : FOUR
  const head = Buffer.from(question.subarray(0, end + 4))
  head.writeUInt16BE(name.includes('none') ? NO_SUCH_NAME : RESPONSE, 2)
  head.writeUInt16BE(given.length, 6)
  head.writeUInt16BE(0, 10)
  const records = given.map((bytes) => Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, bytes.length, ...bytes]))
  return Buffer.concat([head, ...records])
}

describe('name servers', { timeout: 30_000 }, () => {
  let server: Socket
  let heard: () => void = () => undefined
  const never = new AbortController().signal

  before(async () => {
    server = createSocket('udp4').on('message', (question, { port, address }) => {
      heard()
      const reply = answer(question)
      if (reply !== undefined) server.send(reply, port, address)
    })
    server.bind(0, '127.0.0.1')
    await once(server, 'listening')
  })
  after(() => server.close())

  const lookUp = (name: string, signal = never): Promise<readonly string[]> =>
    nameServers([`127.0.0.1:${server.address().port}`])(name, signal)

  it('tell addresses of both kinds in turns, and those of one kind where there are no others', async () => {
    assert.deepEqual(await lookUp('two.example'), ['192.0.2.1', '2001:db8::1', '192.0.2.2'])
    assert.deepEqual(await lookUp('six.example'), ['2001:db8::1'])
  })

  it('know that there is no such name', async () => {
    await assert.rejects(lookUp('none.example'), { code: 'ENOTFOUND' })
  })

  it('are not waited for by who has left', async () => {
    const left = new AbortController()
    heard = () => left.abort()
    await assert.rejects(lookUp('silent.example', left.signal), { code: 'ECANCELLED' })
  })
})
