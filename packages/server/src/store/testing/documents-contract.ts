/** Documents: kept as they were given, all of a put or none, seen by their owner alone, and leased to one at a time. */

import assert from 'node:assert/strict'
import { DocumentError, type DocumentErrorKind } from '../../documents/document-error.ts'
import type { Document, DocumentWrite } from '../../records/document.ts'
import { type ContractTest, START, type StoreBench } from './contract-test.ts'

export const KIND = 'toy'
export const OWNER = 'org-a'
const LARGE = 'x'.repeat(250 * 1024)

export function write(id: string, more: Partial<DocumentWrite> = {}): DocumentWrite {
  const usual = { kind: KIND, owner: OWNER, label: null, createdAt: START, dueAt: null, expiresAt: null } as const
  return { ...usual, id, value: { of: id }, expects: 'absent', ...more }
}

export const get = ({ store }: StoreBench, id: string): Promise<Document | undefined> =>
  store.documents.get(KIND, OWNER, id)

const put = ({ store }: StoreBench, ...writes: readonly DocumentWrite[]): Promise<'kept' | 'conflict'> =>
  store.documents.put(writes)

const ids = (documents: readonly Document[]): string[] => documents.map(({ id }) => id)

async function assertError(work: Promise<unknown>, kind: DocumentErrorKind): Promise<void> {
  await assert.rejects(work, (error) => error instanceof DocumentError && error.kind === kind)
}

/** `survives`: what was kept is there after a restart. */
export function documentsContract(it: ContractTest, { survives }: { readonly survives: boolean }): void {
  it('a document comes back as it went in', async (bench) => {
    const value = {
      text: 'Straße "eins" \u0000 \ud83d \u{1f600} \\u0000',
      deep: [1, -0.5, true, null, { '': [] }],
      ['__proto__']: 1,
    }
    const odd = write('Ünï code/∀.-:', { label: 'läbel one', value, dueAt: START + 1, expiresAt: START + 2 })
    assert.equal(await put(bench, odd, write('list', { value: [1] }), write('none', { value: null })), 'kept')
    const { expects: _, ...same } = odd
    assert.deepEqual(await get(bench, odd.id), { ...same, revision: 1 })
    assert.deepEqual((await get(bench, 'list'))?.value, [1])
    assert.equal((await get(bench, 'none'))?.value, null)
    assert.equal(await get(bench, 'other'), undefined)
    if (!survives) return
    await bench.reopen()
    assert.deepEqual(await get(bench, odd.id), { ...same, revision: 1 })
    await bench.crash()
    assert.deepEqual(await get(bench, odd.id), { ...same, revision: 1 })
  })

  it('a put says what it expects, and each write is one revision more', async (bench) => {
    assert.equal(await put(bench, write('a')), 'kept')
    assert.equal(await put(bench, write('a')), 'conflict')
    assert.equal(await put(bench, write('a', { expects: 1, value: 2, label: 'two' })), 'kept')
    assert.equal(await put(bench, write('a', { expects: 1, value: 3 })), 'conflict')
    assert.equal(await put(bench, write('a', { expects: 'any', value: 4 })), 'kept')
    assert.equal(await put(bench, write('b', { expects: 'any' })), 'kept')
    assert.equal(await put(bench, write('c', { expects: 1 })), 'conflict')
    assert.deepEqual(
      [await get(bench, 'a'), await get(bench, 'b'), await get(bench, 'c')].map((one) => [one?.revision, one?.label]),
      [
        [3, null],
        [1, null],
        [undefined, undefined],
      ],
    )
    assert.equal(await put(bench), 'kept')
  })

  it('of a put in conflict nothing is kept, wherever the conflict is', async (bench) => {
    await put(bench, write('b'))
    assert.equal(await put(bench, write('a'), write('b'), write('c')), 'conflict')
    assert.equal(
      await put(bench, write('c'), write('b', { expects: 1, value: 'new' }), write('a', { expects: 7 })),
      'conflict',
    )
    assert.deepEqual(ids(await bench.store.documents.list(KIND, OWNER, { limit: 10 })), ['b'])
    assert.deepEqual((await get(bench, 'b'))?.value, { of: 'b' })
    const many = Array.from({ length: 500 }, (_, index) => write(`m-${index}`))
    assert.equal(await put(bench, ...many.slice(1), write('b')), 'conflict')
    assert.equal(await bench.store.documents.count(KIND, OWNER, {}), 1)
    assert.equal(await put(bench, ...many), 'kept')
    assert.equal(await bench.store.documents.count(KIND, OWNER, { prefix: 'm-' }), 500)
  })

  it('of many that write at once, one is first, and a sum at its revision is exact', async (bench) => {
    const firsts = await Promise.all(
      Array.from({ length: 20 }, (_, index) => put(bench, write('one', { value: index }))),
    )
    assert.equal(firsts.filter((outcome) => outcome === 'kept').length, 1)
    await put(bench, write('sum', { value: 0 }))
    const add = async (name: string): Promise<void> => {
      for (;;) {
        const sum = await get(bench, 'sum')
        const next = write('sum', { value: Number(sum?.value) + 1, expects: sum?.revision ?? 'absent' })
        // What is counted and the count, together: a quota.
        if ((await put(bench, write(name), next)) === 'kept') return
      }
    }
    await Promise.all(Array.from({ length: 12 }, (_, index) => add(`file-${index}`)))
    assert.equal((await get(bench, 'sum'))?.value, 12)
    assert.equal((await get(bench, 'sum'))?.revision, 13)
    assert.equal(await bench.store.documents.count(KIND, OWNER, { prefix: 'file-' }), 12)
  })

  it('nothing crosses from one owner to another, nor from one kind to another', async ({ store }) => {
    const { documents } = store
    const others = [write('a', { owner: 'org-b' }), write('a', { kind: 'game' })]
    await documents.put([write('a', { value: 'mine', label: 'l', dueAt: 1 }), ...others])
    assert.equal((await documents.get(KIND, 'org-b', 'a'))?.revision, 1)
    assert.equal(await documents.put([write('a', { owner: 'org-b', expects: 1, label: 'l', dueAt: 1 })]), 'kept')
    assert.equal((await documents.get(KIND, OWNER, 'a'))?.value, 'mine')
    for (const owner of [OWNER, 'org-b']) {
      const [found, ...more] = await documents.list(KIND, owner, { limit: 10, label: 'l' })
      assert.deepEqual([found?.owner, more.length], [owner, 0])
      assert.equal(await documents.count(KIND, owner, {}), 1)
    }
    assert.deepEqual(await documents.list(KIND, 'org-c', { limit: 10 }), [])
    assert.equal(await documents.remove(KIND, 'org-c', 'a'), false)
    const leased = await documents.lease(KIND, { dueAt: START, until: START + 1, limit: 9, owner: 'org-b' })
    assert.deepEqual(
      leased.map(({ owner }) => owner),
      ['org-b'],
    )
    assert.equal(await documents.remove(KIND, OWNER, 'a'), true)
    assert.equal(await documents.remove(KIND, OWNER, 'a'), false)
    assert.notEqual(await documents.get('game', OWNER, 'a'), undefined)
    assert.notEqual(await documents.get(KIND, 'org-b', 'a'), undefined)
  })

  it('a list is in the order of ids by code points, a page at a time', async (bench) => {
    const { documents } = bench.store
    const order = ['-', '0', 'Z', 'a', 'a-1', 'a-2', 'aa', 'b', 'é', '\uff5e', '\u{1f600}', '\u{1f600}b']
    await put(bench, ...order.toReversed().map((id) => write(id, { label: /^..+$/u.test(id) ? 'long' : null })))
    assert.deepEqual(ids(await documents.list(KIND, OWNER, { limit: 100 })), order)
    assert.deepEqual(ids(await documents.list(KIND, OWNER, { limit: 3 })), ['-', '0', 'Z'])
    assert.deepEqual(ids(await documents.list(KIND, OWNER, { limit: 3, after: 'Z' })), ['a', 'a-1', 'a-2'])
    assert.deepEqual(ids(await documents.list(KIND, OWNER, { limit: 9, prefix: 'a' })), ['a', 'a-1', 'a-2', 'aa'])
    assert.deepEqual(ids(await documents.list(KIND, OWNER, { limit: 9, prefix: 'a', after: 'a-1' })), ['a-2', 'aa'])
    assert.deepEqual(ids(await documents.list(KIND, OWNER, { limit: 9, prefix: '\u{1f600}' })), order.slice(-2))
    assert.deepEqual(ids(await documents.list(KIND, OWNER, { limit: 9, prefix: 'a_' })), [])
    assert.deepEqual(ids(await documents.list(KIND, OWNER, { limit: 2, label: 'long', prefix: 'a' })), ['a-1', 'a-2'])
    assert.equal(await documents.count(KIND, OWNER, { label: 'long' }), 4)
    assert.equal(await documents.count(KIND, OWNER, { label: 'long', prefix: 'a-' }), 2)
    assert.equal(await documents.count(KIND, OWNER, { label: 'none' }), 0)
    await put(bench, write('aa', { expects: 1, label: 'done' }))
    assert.deepEqual(ids(await documents.list(KIND, OWNER, { limit: 9, label: 'done' })), ['aa'])
    assert.equal(await documents.count(KIND, OWNER, { label: 'long' }), 3)
  })

  it('a page ends where its values are too large together, and goes on behind', async (bench) => {
    const { documents } = bench.store
    const names = Array.from({ length: 40 }, (_, index) => `n-${String(index).padStart(2, '0')}`)
    for (const some of [names.slice(0, 20), names.slice(20)]) {
      await put(bench, ...some.map((id) => write(id, { value: LARGE, dueAt: START })))
    }
    const seen: string[] = []
    let pages = 0
    for (let last: string | undefined; ; last = seen.at(-1)) {
      const page = await documents.list(KIND, OWNER, { limit: 1_000, ...(last === undefined ? {} : { after: last }) })
      if (page.length === 0) break
      seen.push(...ids(page))
      pages++
    }
    assert.deepEqual(seen, names)
    assert.equal(pages, 2)
    const leased = await documents.lease(KIND, { dueAt: START, until: START + 9, limit: 500 })
    assert.ok(leased.length > 20 && leased.length < 40)
    const others = await documents.lease(KIND, { dueAt: START, until: START + 9, limit: 500 })
    assert.deepEqual(ids([...leased, ...others]).toSorted(), names)
  })

  it('what has expired is seen by nobody from that moment, and is gone with the sweep', async (bench) => {
    const { documents } = bench.store
    const old = { expiresAt: START + 10, dueAt: START, label: 'l' }
    const gone = Array.from({ length: 450 }, (_, index) => write(`old-${index}`, old))
    await put(bench, ...gone, write('stays', { label: 'l', expiresAt: START + 11, dueAt: START }))
    bench.time.now = START + 9
    assert.equal(await documents.count(KIND, OWNER, { label: 'l' }), 451)
    bench.time.now = START + 10
    assert.equal(await get(bench, 'old-1'), undefined)
    assert.equal(await documents.remove(KIND, OWNER, 'old-1'), false)
    assert.equal(await put(bench, write('old-1', { expects: 1 })), 'conflict')
    assert.deepEqual(ids(await documents.list(KIND, OWNER, { limit: 9 })), ['stays'])
    assert.equal(await documents.count(KIND, OWNER, { label: 'l' }), 1)
    assert.deepEqual(ids(await documents.lease(KIND, { dueAt: START, until: START + 1, limit: 9 })), ['stays'])
    assert.equal(await put(bench, write('old-2'), write('old-3', { expects: 'any' })), 'kept')
    assert.deepEqual([(await get(bench, 'old-2'))?.revision, (await get(bench, 'old-3'))?.revision], [1, 1])
    await bench.site.sweep(bench.store)
    bench.time.now = START
    if (survives) assert.equal(await documents.count(KIND, OWNER, {}), 3)
  })

  it('a write that has expired already takes its document away', async (bench) => {
    await put(bench, write('a'), write('sum', { value: 1 }))
    const away = write('a', { expects: 1, expiresAt: START })
    assert.equal(await put(bench, away, write('sum', { expects: 1, value: 0 })), 'kept')
    assert.equal(await get(bench, 'a'), undefined)
    assert.equal((await get(bench, 'sum'))?.value, 0)
  })

  it('what cannot be kept or asked is refused by its name, and nothing is done', async (bench) => {
    const { documents } = bench.store
    for (const id of ['', 'x'.repeat(257), 'a\nb', 'a\u0000', '\ud800', `a\u{10ffff}`]) {
      await assertError(put(bench, write('before'), write(id)), 'bad_name')
      await assertError(documents.get(KIND, OWNER, id), 'bad_name')
      await assertError(documents.remove(KIND, OWNER, id), 'bad_name')
    }
    for (const kind of ['', 'Toy', 'toy toy', '1toy', 'x'.repeat(65)])
      await assertError(put(bench, write('a', { kind })), 'bad_name')
    for (const owner of ['', 'x'.repeat(129)]) await assertError(put(bench, write('a', { owner })), 'bad_name')
    for (const label of ['', 'x'.repeat(129)]) await assertError(put(bench, write('a', { label })), 'bad_name')
    for (const at of [0.5, Number.NaN, 2 ** 60]) await assertError(put(bench, write('a', { dueAt: at })), 'bad_value')
    for (const expects of [0, -1, 1.5]) await assertError(put(bench, write('a', { expects })), 'bad_value')
    await assertError(put(bench, write('a', { value: 'x'.repeat(256 * 1024 - 1) })), 'too_large')
    await assertError(put(bench, write('a', { value: '\u6708'.repeat(90_000) })), 'too_large')
    await assertError(
      put(bench, ...Array.from({ length: 40 }, (_, n) => write(`a-${n}`, { value: LARGE }))),
      'too_large',
    )
    await assertError(put(bench, ...Array.from({ length: 501 }, (_, n) => write(`a-${n}`))), 'too_many')
    await assertError(put(bench, write('a'), write('b'), write('a', { expects: 'any' })), 'twice')
    for (const limit of [0, 1_001, 1.5]) await assertError(documents.list(KIND, OWNER, { limit }), 'too_many')
    await assertError(documents.lease(KIND, { dueAt: 0, until: 1, limit: 501 }), 'too_many')
    await assertError(documents.lease(KIND, { dueAt: 0, until: 1, limit: 1, prefix: 'a' }), 'bad_name')
    assert.equal(await documents.count(KIND, OWNER, {}), 0)
    assert.equal(await put(bench, write('x'.repeat(256), { value: 'x'.repeat(256 * 1024 - 2) })), 'kept')
  })
}
