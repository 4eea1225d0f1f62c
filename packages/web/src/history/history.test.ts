/** What a browser keeps is there again, whole or not at all; and nothing is dropped by itself. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { fold, NEW_CONVERSATION, path, type Conversation } from '../conversation/index.ts'
import { begun, foldAll, streamArbitrary, told } from '../conversation/testing/streams.ts'
import { readKept, running, summaryOf, titleOf } from './document.ts'
import { exportJson, exportMarkdown } from './export-file.ts'
import { History } from './history.ts'
import { importFile } from './import-file.ts'
import { Keeper } from './keeper.ts'
import { alone, onChange, type Channel, type Locks } from './pages.ts'
import type { Change, Kept } from './index.ts'
import { MemoryShelf } from './testing/memory-shelf.ts'

const asked = (words: string, media: string[] = []): Conversation =>
  fold(NEW_CONVERSATION, {
    type: 'turn',
    turn: 'u',
    after: null,
    role: 'user',
    at: 1,
    parts: [
      { kind: 'text', text: words },
      ...media.map((digest) => ({
        kind: 'media' as const,
        media: 'image' as const,
        digest,
        name: 'p.png',
        mime: 'image/png',
        bytes: 3,
      })),
    ],
  })
const kept = (id: string, conversation = asked(id), changedAt = 1): Kept => ({
  id,
  title: titleOf(conversation),
  pinned: false,
  madeAt: 1,
  changedAt,
  conversation,
})
const DIGEST = '039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81'
const FILE = new Blob([new Uint8Array([1, 2, 3])], { type: 'image/png' })
let ids = 0
const making = { newId: () => `new-${(ids += 1)}`, now: 5000 }

function history(room?: number) {
  const shelf = new MemoryShelf(room)
  const changes: Change[] = []
  return { shelf, changes, all: new History(shelf, (change) => changes.push(change)) }
}

describe('the history', () => {
  it('gives back what was kept, whatever a run has said', async () => {
    const { all } = history()
    await fc.assert(
      fc.asyncProperty(streamArbitrary, fc.nat({ max: 60 }), async (stream, cut) => {
        const conversation = foldAll([begun(), ...[...told(stream)].slice(0, cut)])
        await all.keep(kept('a', conversation))
        assert.deepEqual((await all.open('a'))?.conversation, conversation)
      }),
      { numRuns: 50 },
    )
  })

  it('lists pinned ones first, then the newest, and tells the other pages', async () => {
    const { all, changes } = history()
    for (const [index, id] of ['one', 'two', 'three'].entries()) await all.keep(kept(id, asked(id), index))
    await all.change('one', { pinned: true, title: 'First' })
    assert.deepEqual(
      (await all.list()).map(({ id, title }) => [id, title]),
      [
        ['one', 'First'],
        ['three', 'three'],
        ['two', 'two'],
      ],
    )
    assert.equal(await all.change('nobody', { title: 'x' }), 'kept')
    assert.deepEqual(changes.at(-1), { type: 'changed', id: 'one' })
  })

  it('takes one away and puts it back as it was', async () => {
    const { all } = history()
    await all.keep(kept('a'))
    const back = await all.remove('a')
    assert.deepEqual(await all.list(), [])
    assert.equal(await all.open('a'), undefined)
    await back?.()
    assert.deepEqual(await all.open('a'), kept('a'))
    assert.equal(await all.remove('nobody'), undefined)
  })

  it('finds words in titles, questions, thinking and answers', async () => {
    const { all } = history()
    await all.keep(kept('a', foldAll([begun(), { type: 'text', run: 'r', ms: 1, n: 1, text: 'The Moon is grey' }])))
    await all.keep(kept('b', asked('Is the earth blue?')))
    assert.deepEqual(
      (await all.search('moon GREY')).map(({ id }) => id),
      ['a'],
    )
    assert.deepEqual(
      (await all.search('earth')).map(({ id }) => id),
      ['b'],
    )
    assert.deepEqual((await all.search('moon earth')).length, 0)
  })

  it('says that it is full, keeps what was there, and goes on when there is room again', async () => {
    const { all, shelf } = history(3000)
    assert.equal(await all.keep(kept('a')), 'kept')
    assert.equal(await all.keep(kept('big', asked('x'.repeat(4000)))), 'full')
    assert.deepEqual(
      (await all.list()).map(({ id }) => id),
      ['a'],
    )
    assert.equal(await all.open('big'), undefined)
    shelf.room = 100_000
    assert.equal(await all.keep(kept('big', asked('x'.repeat(4000)))), 'kept')
  })

  it('keeps drafts, and media once, and sweeps those that nothing needs', async () => {
    const { all, shelf } = history()
    await all.keepDraft('', 'half a thou')
    assert.equal(await all.draft(''), 'half a thou')
    await all.keepDraft('', '')
    assert.equal(await all.draft(''), '')
    await all.keepMedia(DIGEST, FILE)
    await all.keepMedia(DIGEST, FILE)
    assert.equal(shelf.writes, 3)
    assert.equal((await all.media(DIGEST))?.size, 3)
    assert.equal(await all.media('other'), undefined)
    await all.keep(kept('a', asked('look', [DIGEST])))
    assert.equal(await all.sweep(), 0)
    await shelf.write([{ store: 'conversations', key: 'odd', value: { no: 'conversation' } }])
    await all.remove('a')
    assert.equal(await all.sweep(), 0)
    await shelf.write([{ store: 'conversations', key: 'odd' }])
    assert.equal(await all.sweep(), 1)
  })

  it('knows which runs can be come back to', () => {
    const head = { type: 'head', run: 'r', ms: 1, status: 200, requestId: 'q', countsApproximate: false } as const
    assert.deepEqual(running(foldAll([begun(), { ...head, streamId: 's' }])), ['r'])
    assert.deepEqual(running(foldAll([begun(), head])), [])
    assert.deepEqual(
      running(foldAll([begun(), { ...head, streamId: 's' }, { type: 'stop', run: 'r', ms: 2, by: 'person' }])),
      [],
    )
    assert.equal(summaryOf(kept('a', foldAll([begun(), { ...head, streamId: 's' }]))).running, 1)
  })

  it('names a conversation by the first words of its person', () => {
    assert.equal(titleOf(asked('  Two\n lines ')), 'Two lines')
    assert.equal(titleOf(asked('word '.repeat(50))).length, 120)
    assert.equal(titleOf(NEW_CONVERSATION), '')
  })
})

describe('what is read', () => {
  it('has no circles, no strangers and no fields that nobody knows', () => {
    const turn = (id: string, parent: string | null) => ({
      id,
      parent,
      role: 'user',
      parts: [],
      on: true,
      at: 1,
      runs: ['gone'],
      evil: 1,
    })
    const conversation = {
      turns: { a: turn('a', null), b: turn('b', 'a'), c: turn('c', 'd'), d: turn('d', 'c'), e: turn('f', null) },
      children: { '': ['a', 'a', 'x', 'e'], a: ['b'], b: ['a'], c: ['d'], d: ['c'] },
      chosen: { '': 'nobody', a: 'b', b: 'a', c: 'd' },
      runs: {},
    }
    const read = readKept({ id: 'i', title: '', pinned: false, madeAt: 1, changedAt: 1, conversation })
    assert.ok(read)
    assert.deepEqual(
      path(read.conversation).map(({ id }) => id),
      ['a', 'b'],
    )
    assert.deepEqual(Object.keys(read.conversation.turns), ['a', 'b'])
    assert.deepEqual(read.conversation.turns['a'], {
      id: 'a',
      parent: null,
      role: 'user',
      parts: [],
      on: true,
      at: 1,
      runs: [],
    })
  })

  it('is whole or nothing, whatever stands there', () => {
    fc.assert(fc.property(fc.anything(), (value) => readKept(value) === undefined))
    const good = kept('a', foldAll([begun(), { type: 'text', run: 'r', ms: 1, n: 1, text: 'x' }]))
    for (const spoil of [
      { startedAt: 'x' },
      { calls: [1] },
      { request: { a: undefined } },
      { seen: { n: -1, part: 0, whole: true } },
      { finish: 'never' },
    ]) {
      const runs = { r: { ...good.conversation.runs['r'], ...spoil } }
      assert.equal(
        readKept({ ...good, conversation: { ...good.conversation, runs } }),
        undefined,
        JSON.stringify(spoil),
      )
    }
    assert.equal(
      readKept({
        ...good,
        conversation: { ...good.conversation, settings: JSON.parse('{"a":{"__proto__":1}}') as object },
      }),
      undefined,
    )
    let deep: object = {}
    for (let level = 0; level < 100; level += 1) deep = { deep }
    assert.equal(readKept({ ...good, conversation: { ...good.conversation, settings: deep } }), undefined)
  })
})

describe('files', () => {
  it('are imported as they were exported, under an id of their own, with their media', async () => {
    const original = kept(
      'a',
      foldAll([begun('r', 'b', 'u'), { type: 'text', run: 'r', ms: 1, n: 1, text: 'x' }], asked('look', [DIGEST])),
    )
    const file = await exportJson(
      [original],
      (digest) => Promise.resolve(digest === DIGEST ? FILE : undefined),
      '2026-12-01T00:00:00Z',
    )
    const { conversations, media, skipped } = await importFile(file, making)
    assert.deepEqual(conversations, [{ ...original, id: conversations[0]?.id }])
    assert.notEqual(conversations[0]?.id, 'a')
    assert.equal(media.get(DIGEST)?.type, 'image/png')
    assert.deepEqual(skipped, [])
  })

  it('say what was left out of them', async () => {
    const why = async (text: string) =>
      (await importFile(text, making)).skipped.map(({ place, why: reason }) => `${place} ${reason}`)
    assert.deepEqual(await why('x'), ['0 no-json'])
    assert.deepEqual(await why('{"a":1}'), ['0 unknown-format'])
    assert.deepEqual(await why('x'.repeat(50_000_001)), ['0 too-large'])
    assert.deepEqual(await why('{"format":"moonbase-conversations","version":2}'), ['0 newer-version'])
    assert.deepEqual(await why('{"format":"moonbase-conversations","version":1}'), ['0 no-conversation'])
    const file = {
      format: 'moonbase-conversations',
      version: 1,
      conversations: [1, kept('a')],
      media: [
        1,
        { digest: DIGEST, mime: 'image/png', data: 'AQIE' },
        { digest: DIGEST, mime: 'text/html', data: 'AQID' },
        { digest: DIGEST, mime: 'image/png', data: '*' },
      ],
    }
    assert.deepEqual(await why(JSON.stringify(file)), [
      '1 no-conversation',
      '1 damaged-media',
      '2 damaged-media',
      '3 damaged-media',
      '4 damaged-media',
    ])
  })

  it('of messages are read, one document or one on each line', async () => {
    const messages = [
      { role: 'developer', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          'and',
          { type: 'image_url', image_url: { url: 'ms://x' } },
          { type: 'video_url', video_url: 'ms://y' },
          { type: 'other' },
          7,
        ],
      },
      {
        role: 'assistant',
        content: '',
        reasoning_content: 'hm',
        tool_calls: [{ id: 'f:0', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'f:0', content: 'ok' },
      { role: 'assistant', content: 'done' },
    ]
    const [one] = (await importFile(JSON.stringify({ model: 'kimi-k2.5', title: 'T', messages }), making)).conversations
    assert.ok(one)
    assert.equal(one.title, 'T')
    assert.equal(one.conversation.settings['model'], 'kimi-k2.5')
    assert.deepEqual(
      path(one.conversation).map(({ role, runs, answers }) => [role, runs.length, answers]),
      [
        ['system', 0, undefined],
        ['user', 0, undefined],
        ['assistant', 1, undefined],
        ['tool', 0, 'f:0'],
        ['assistant', 0, undefined],
      ],
    )
    assert.equal(Object.values(one.conversation.runs)[0]?.reasoning, 'hm')
    assert.equal((await importFile(JSON.stringify(messages), making)).conversations.length, 1)
    const lines = [
      { messages },
      { messages: [{ role: 'user', content: 'b' }] },
      { messages: [{ role: 'nobody' }] },
      { messages: [{ role: 'user', content: 7 }] },
      { messages: [{ role: 'assistant', content: null, tool_calls: [{}] }] },
      { messages: [] },
      { messages: [1] },
    ]
    const read = await importFile(lines.map((line) => JSON.stringify(line)).join('\n'), making)
    assert.equal(read.conversations.length, 2)
    assert.equal(read.skipped.length, 5)
  })

  it('of ChatGPT are read with their branches, and the open one is shown', async () => {
    const message = (role: string, ...parts: unknown[]) => ({ author: { role }, content: { parts }, create_time: 1 })
    const mapping = {
      root: { parent: null, children: ['a'], message: null },
      a: { parent: 'root', children: ['b', 'c', 7], message: message('user', 'Hi') },
      b: { parent: 'a', children: [], message: message('assistant', 'one') },
      c: { parent: 'a', children: ['a'], message: message('assistant', 'two', { image: 1 }) },
      d: { parent: 'gone', children: [], message: message('nobody', 'x') },
      e: 7,
    }
    const [one] = (
      await importFile(JSON.stringify([{ title: 'Chat', create_time: 2, mapping, current_node: 'b' }]), making)
    ).conversations
    assert.ok(one)
    assert.deepEqual([one.title, one.madeAt], ['Chat', 2000])
    assert.deepEqual(
      path(one.conversation).map(({ parts: [part] }) => (part?.kind === 'text' ? part.text : '')),
      ['Hi', 'one'],
    )
    assert.equal(Object.keys(one.conversation.turns).length, 3)
    assert.deepEqual((await importFile('{"mapping":{}}', making)).skipped, [{ place: 0, why: 'unknown-format' }])
  })

  it('of Markdown have the branch that is shown', () => {
    const conversation = foldAll(
      [
        begun('r', 'b', 'u'),
        { type: 'reasoning', run: 'r', ms: 1, n: 1, text: 'a\nb' },
        { type: 'text', run: 'r', ms: 1, n: 2, text: 'x' },
        { type: 'tool-call', run: 'r', ms: 1, n: 3, call: 0, name: 'f', arguments: '```' },
      ],
      asked('look', [DIGEST]),
    )
    const off = fold(conversation, { type: 'switch', turn: 'u', on: false })
    assert.equal(
      exportMarkdown(kept('a', off)),
      '# look p.png\n\n## User (off)\n\nlook\n\n[p.png]\n\n## Assistant\n\n> a\n> b\n\nx\n\n````\nf(```)\n````\n',
    )
  })
})

describe('the keeper', () => {
  it('writes the newest, one at a time, and says how it went', async () => {
    const written: number[] = []
    const heard: unknown[] = []
    let work: (() => void) | undefined
    let fails = false
    const keeper = new Keeper({
      keep: (one) =>
        fails
          ? Promise.reject(new Error('broken'))
          : Promise.resolve().then(() => (written.push(one.changedAt), 'kept' as const)),
      told: (how, error) => heard.push(error instanceof Error ? `${how} ${error.message}` : how),
      later: (later) => {
        work = later
        return () => (work = undefined)
      },
    })
    for (let at = 1; at <= 5; at += 1) keeper.changed(kept('a', undefined, at))
    assert.deepEqual(written, [])
    work?.()
    await keeper.flush()
    assert.deepEqual([written, work], [[5], undefined])
    fails = true
    keeper.changed(kept('a'))
    await keeper.flush()
    await keeper.flush()
    assert.deepEqual(heard, ['kept', 'no broken'])
  })
})

describe('pages of one browser', () => {
  it('run a conversation one at a time', async () => {
    const held = new Set<string>()
    const locks: Locks = {
      request: async (name, _options, work) => {
        if (held.has(name)) return work(null)
        held.add(name)
        await work({})
        held.delete(name)
      },
    }
    const gate = Promise.withResolvers<undefined>()
    const first = alone(locks, 'a', () => gate.promise)
    assert.equal(await alone(locks, 'a', () => assert.fail('it runs elsewhere')), false)
    gate.resolve(undefined)
    assert.equal(await first, true)
    assert.equal(await alone(locks, 'a', () => Promise.resolve()), true)
  })

  it('hear what another one has changed, and nothing else', () => {
    type Listener = (event: { readonly data: unknown }) => void
    const listeners = new Set<Listener>()
    const channel: Channel = {
      postMessage: () => undefined,
      addEventListener: (_type, listener) => listeners.add(listener),
      removeEventListener: (_type, listener) => listeners.delete(listener),
    }
    const heard: Change[] = []
    const say = (data: unknown): void => listeners.forEach((listener) => listener({ data }))
    const stop = onChange(channel, (change) => heard.push(change))
    for (const message of [
      { type: 'changed', id: 'a' },
      { type: 'x', id: 'a' },
      7,
      null,
      { type: 'removed' },
      { type: 'removed', id: 7 },
    ])
      say(message)
    stop()
    say({ type: 'removed', id: 'a' })
    assert.deepEqual(heard, [{ type: 'changed', id: 'a' }])
  })
})
