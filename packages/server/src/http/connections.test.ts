import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CountedConnection, Connections } from './connections.ts'

class Client implements CountedConnection {
  readonly address: string
  exchanges = 0
  isKnown = false
  idleSince = 0
  isCounted = false
  list: unknown = undefined
  before: CountedConnection | undefined
  after: CountedConnection | undefined
  isClosed = false
  whenClosed: () => void = () => undefined

  constructor(address: string) {
    this.address = address
  }

  destroy(): void {
    this.isClosed = true
    this.whenClosed()
  }

  begin(connections: Connections): void {
    this.exchanges += 1
    connections.began(this)
  }

  end(connections: Connections, isKnown: boolean): void {
    this.exchanges -= 1
    connections.ended(this, isKnown)
  }
}

const LIMITS = { connections: 10, idleOfAddress: 3 }
const clients = (count: number, address = '10.0.0.1') => Array.from({ length: count }, () => new Client(address))
const closedOf = (all: readonly Client[]) => all.map(({ isClosed }) => (isClosed ? 'x' : '-')).join('')
const looks = (connections: Connections, count: number): void => {
  for (let look = 0; look < count; look += 1) connections.look()
}

describe('connections', () => {
  it('of an address that show no key are closed when too many are idle, the oldest first', () => {
    const connections = new Connections({ ...LIMITS, connections: 100 })
    const all = clients(5)
    for (const client of all) connections.opened(client)
    const other = new Client('10.0.0.2')
    connections.opened(other)
    looks(connections, 4)
    assert.equal(closedOf(all), '-----', 'all may have come at once, and not be read yet')
    looks(connections, 1)
    assert.equal(closedOf(all), 'xx---')
    assert.deepEqual([other.isClosed, connections.size], [false, 4])
  })

  it('stay when a key was shown on them, or while something is asked', () => {
    const connections = new Connections({ ...LIMITS, connections: 100 })
    const all = clients(8)
    for (const client of all) connections.opened(client)
    for (const known of all.slice(0, 3)) {
      known.begin(connections)
      known.end(connections, true)
    }
    for (const asking of all.slice(3, 5)) asking.begin(connections)
    looks(connections, 20)
    assert.equal(closedOf(all), '--------')
    // Whoever asked without a key is a stranger again, and the newest of them.
    for (const asking of all.slice(3, 5)) asking.end(connections, false)
    looks(connections, 5)
    assert.equal(closedOf(all), '-----xx-')
  })

  it('of a proxy are not counted by its address, but with all', () => {
    const connections = new Connections(LIMITS)
    const all = clients(8, '')
    for (const client of all) connections.opened(client)
    looks(connections, 5)
    assert.equal(closedOf(all), 'xxx-----', 'half of all connections may be idle without a key')
  })

  it('never become more than there may be: idle strangers make room, then who rests, and nobody who asks', () => {
    const connections = new Connections(LIMITS)
    const [known, strangers, asking] = [clients(2), clients(2), clients(6)]
    for (const client of [...known, ...strangers, ...asking]) {
      // A socket that is destroyed says so.
      client.whenClosed = () => connections.closed(client)
      assert.ok(connections.opened(client))
    }
    for (const client of [...known, ...asking]) client.begin(connections)
    for (const client of known) client.end(connections, true)
    const late = clients(5)
    const came = late.map((client) => {
      const isIn = connections.opened(client)
      if (isIn) client.begin(connections)
      return isIn
    })
    assert.deepEqual(came, [true, true, true, true, false])
    assert.deepEqual([closedOf(strangers), closedOf(known), closedOf(asking)], ['xx', 'xx', '------'])
    assert.equal(connections.size, 10)
    connections.closed(asking[0] ?? late[0] ?? new Client(''))
    assert.ok(connections.opened(new Client('10.0.0.9')))
  })

  it('make room when the system has no more descriptors', () => {
    const connections = new Connections(LIMITS)
    const [one, two] = clients(2)
    assert.ok(one && two && connections.opened(one) && connections.opened(two))
    two.begin(connections)
    assert.deepEqual([connections.relieve(), connections.relieve()], [true, false])
    assert.deepEqual([one.isClosed, two.isClosed], [true, false])
  })
})
