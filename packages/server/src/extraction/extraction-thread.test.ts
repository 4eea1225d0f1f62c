import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { ApiError } from '@moonbase/protocol'
import { ExtractionThread, type ExtractionOptions } from './extraction-thread.ts'

const WISHES = { format: 'markdown' } as const
const never = new AbortController().signal
const terms = (owner = 'o', signal = never) => ({ owner, signal })
const program = (text: string): URL => new URL(`data:text/javascript,${encodeURIComponent(text)}`)
/** One that never answers. */
const SILENT = program("import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => undefined)")
const BROKEN = program(
  "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => { throw new Error('boom') })",
)

const opened: ExtractionThread[] = []
function open(options: ExtractionOptions = {}): ExtractionThread {
  const thread = new ExtractionThread(options)
  opened.push(thread)
  return thread
}

const codeOf = (error: unknown): string => (error instanceof ApiError ? error.code : String(error))

describe('documents are read in a thread', () => {
  after(() => Promise.all(opened.map((thread) => thread.close())))

  it('one behind the other, and each gets its own', async () => {
    const thread = open()
    const pages = ['a', 'b', 'c'].map((text) => thread.page(`<p>${text}</p>`, WISHES, terms()))
    assert.deepEqual(await Promise.all(pages), [{ text: 'a' }, { text: 'b' }, { text: 'c' }])
  })

  it('which says why one cannot be read, and reads the next', async () => {
    const thread = open()
    const deep = '<div>'.repeat(3000) + 'x'
    const report = await thread.page('<p>x</p>', { ...WISHES, selector: 'p[' }, terms())
    assert.ok('unreadable' in report)
    // However deep it is, it is read or said to be unreadable.
    assert.equal(typeof (await thread.page(deep, WISHES, terms())), 'object')
    assert.deepEqual(await thread.page('<p>y</p>', WISHES, terms()), { text: 'y' })
  })

  it('that ends when one takes too long, and a new one goes on', async () => {
    const thread = open({ program: SILENT, mostMs: 1 })
    const pages = [thread.page('x', WISHES, terms('a')), thread.page('y', WISHES, terms('b'))]
    for (const report of await Promise.all(pages)) {
      assert.deepEqual(report, { unreadable: 'it took longer than 0.001 seconds' })
    }
  })

  it('whose breaking is our failure, and nobody waits for it', async () => {
    const thread = open({ program: BROKEN })
    await assert.rejects(thread.page('x', WISHES, terms()), (error) => codeOf(error) === 'internal')
  })

  it('which lets go of what nobody waits for, and of all when it is closed', async () => {
    const thread = open({ program: SILENT })
    const client = new AbortController()
    const [first, left, last] = [
      thread.page('x', WISHES, terms('a')),
      thread.page('y', WISHES, terms('b', client.signal)),
      thread.page('z', WISHES, terms('c')),
    ].map((page) => page.catch((error: unknown) => codeOf(error)))
    client.abort(new Error('gone'))
    assert.equal(await left, 'Error: gone')
    await thread.close()
    assert.deepEqual([await first, await last], ['shutting_down', 'shutting_down'])
    await assert.rejects(thread.page('x', WISHES, terms()), (error) => codeOf(error) === 'shutting_down')
  })

  it('with room for so many that wait, and a refusal beyond', async () => {
    const limits = { running: 1, waiting: 2, waitingSize: 100, waitingOfOne: 1, waitingSizeOfOne: 100 }
    const thread = open({ program: SILENT, limits })
    const pages = [thread.page('x', WISHES, terms()), thread.page('y', WISHES, terms())]
    await assert.rejects(thread.page('z', WISHES, terms()), (error) => codeOf(error) === 'share_limit')
    const ended = Promise.allSettled(pages)
    await thread.close()
    await ended
  })
})
