import assert from 'node:assert/strict'
import { type AddressInfo, createServer } from 'node:net'
import { describe, it } from 'node:test'
import { once } from '../../../../../test/support/eventually.ts'
import { Connections } from './connections.ts'
import { databaseFault } from './database-fault.ts'
import { afterTimeout } from './silence.ts'

/** A message of PostgreSQL: its letter, its length, and what it says. */
function message(letter: string, ...parts: readonly (string | number)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : int32(part))))
  return Buffer.concat([Buffer.from(letter), int32(body.length + 4), body])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

const READY = message('Z', 'I')
const WELCOME = Buffer.concat([message('R', 0), READY])
/** To a statement without parameters and without rows: understood, bound, done. */
const ANSWER = Buffer.concat([
  message('1'),
  message('t', '\0\0'),
  message('n'),
  message('2'),
  message('C', 'SELECT 0\0'),
  READY,
])

/** What says of PostgreSQL no more than that statements are done, and can break a connection instead of saying so. */
async function openDatabase(): Promise<{ readonly url: string; breakNext(): void }> {
  let breaking = false
  const server = createServer((socket) => {
    let isWelcome = false
    socket.on('error', () => undefined)
    socket.on('data', () => {
      if (!isWelcome) {
        isWelcome = true
        socket.write(WELCOME)
        return
      }
      if (!breaking) socket.write(ANSWER)
      else {
        breaking = false
        socket.resetAndDestroy()
      }
    })
  })
  server.listen(0, '127.0.0.1').unref()
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `postgres://127.0.0.1:${port}/any`, breakNext: () => void (breaking = true) }
}

/** Silence is told of what got lost. The database has its turns in this process, between the steps of any silence. */
function openConnections(url: string): Connections {
  const name = 'test'
  return new Connections({ url, name, size: 1, waiting: 10, random: () => 0, silenceMs: 5_000, after: afterTimeout })
}

describe('connections', () => {
  it('give nothing to one that has just broken: what waited behind its statement is answered', async () => {
    const database = await openDatabase()
    const connections = openConnections(database.url)
    const ask = (): Promise<unknown> => connections.use(async (sql) => sql`SELECT`)
    await ask()
    database.breakNext()
    const [broken, ...behind] = await Promise.allSettled([ask(), ask(), ask()])
    await connections.close({ atOnce: true })
    assert.ok(broken?.status === 'rejected')
    assert.equal(databaseFault(broken.reason).unsure, true)
    assert.deepEqual(
      behind.map(({ status }) => status),
      ['fulfilled', 'fulfilled'],
    )
  })
})
