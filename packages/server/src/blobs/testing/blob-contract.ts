/** The contract that every blob store keeps, as tests. */

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { BlobError, type BlobErrorKind } from '../blob-error.ts'
import type { BlobStore, ByteRange } from '../blob-store.ts'

const MOST = 64 * 1024 * 1024
/** More than two parts of an upload in parts. */
const LARGE = 17 * 1024 * 1024 + 3

export async function* chunksOf(bytes: Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.byteLength; from += size) yield bytes.subarray(from, from + size)
}

const textOf = (text: string): AsyncGenerator<Uint8Array> => chunksOf(Buffer.from(text))

export async function readAll(store: BlobStore, key: string, range?: ByteRange): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of await store.open(key, range)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function assertError(work: Promise<unknown>, kind: BlobErrorKind): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof BlobError, String(error))
    assert.equal(error.kind, kind)
    return true
  })
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** `openStore`: an empty one. `fake`: it speaks to a stand-in, which is wrong where the tests say so. */
export function blobContract(
  name: string,
  openStore: () => Promise<BlobStore>,
  { fake = false }: { readonly fake?: boolean } = {},
): void {
  void describe(`blob contract: ${name}`, () => {
    it('bytes come back as they went in, with their count and their digest', async () => {
      const store = await openStore()
      for (const size of [0, 1, 65_536, 100_001]) {
        const bytes = randomBytes(size)
        const kept = await store.put(`org-1/file-${size}`, chunksOf(bytes), MOST)
        assert.deepEqual(kept, { bytes: size, sha256: sha256(bytes) })
        assert.ok(bytes.equals(await readAll(store, `org-1/file-${size}`)), String(size))
      }
    })

    it('what is large comes back too, in chunks of whatever size it came', async () => {
      const store = await openStore()
      const bytes = randomBytes(LARGE)
      for (const size of [1024 * 1024 + 7, LARGE]) {
        const kept = await store.put('large', chunksOf(bytes, size), LARGE)
        assert.deepEqual(kept, { bytes: LARGE, sha256: sha256(bytes) })
      }
      assert.ok(bytes.equals(await readAll(store, 'large')))
      const some = await readAll(store, 'large', { from: 8 * 1024 * 1024 - 2, to: 8 * 1024 * 1024 + 2 })
      assert.ok(bytes.subarray(8 * 1024 * 1024 - 2, 8 * 1024 * 1024 + 2).equals(some))
    })

    it('a range gives its bytes alone, up to the end', async () => {
      const store = await openStore()
      await store.put('a', textOf('0123456789'), MOST)
      const text = async (from: number, to: number): Promise<string> => String(await readAll(store, 'a', { from, to }))
      assert.deepEqual(
        [await text(0, 2), await text(0, 10), await text(3, 7), await text(9, 10), await text(8, 99)],
        ['01', '0123456789', '3456', '9', '89'],
      )
      // s3rver takes the range of the first byte alone (bytes=0-0) for one without an end.
      if (!fake) assert.equal(await text(0, 1), '0')
      await assertError(store.open('a', { from: 10, to: 11 }), 'bad_range')
      for (const range of [
        { from: -1, to: 2 },
        { from: 3, to: 3 },
        { from: 0.5, to: 2 },
        { from: 0, to: Number.NaN },
      ]) {
        await assertError(store.open('a', range), 'bad_range')
      }
    })

    it('one byte too much, and nothing is kept of it', async () => {
      const store = await openStore()
      await store.put('a', textOf('as it was'), MOST)
      let isClosed = false
      async function* endless(): AsyncGenerator<Uint8Array> {
        try {
          for (;;) yield randomBytes(1024 * 1024)
        } finally {
          isClosed = true
        }
      }
      await assertError(store.put('a', endless(), LARGE), 'too_large')
      assert.ok(isClosed)
      await assertError(store.put('b', textOf('12345'), 4), 'too_large')
      assert.equal(String(await readAll(store, 'a')), 'as it was')
      await assertError(store.open('b'), 'not_found')
      assert.equal((await store.put('b', textOf('1234'), 4)).bytes, 4)
      assert.equal((await store.put('c', textOf(''), 0)).bytes, 0)
    })

    it('a source that fails leaves nothing, and its own error is told', async () => {
      const store = await openStore()
      async function* failing(before: number): AsyncGenerator<Uint8Array> {
        for (let sent = 0; sent < before; sent += 1024 * 1024) yield randomBytes(1024 * 1024)
        throw new TypeError('the client has left')
      }
      for (const before of [0, 1, LARGE]) {
        await assert.rejects(store.put('a', failing(before), MOST), /^TypeError: the client has left$/)
        await assertError(store.open('a'), 'not_found')
      }
    })

    it('a second one takes the place of the first, and whoever is first is whole', async () => {
      const store = await openStore()
      await store.put('a', textOf('the first one'), MOST)
      await store.put('a', textOf('two'), MOST)
      assert.equal(String(await readAll(store, 'a')), 'two')
      // s3rver writes two that come at once into one file.
      if (fake) return
      const bytes = Array.from({ length: 5 }, (_, index) => Buffer.alloc(300_000, index))
      await Promise.all(bytes.map((each) => store.put('a', chunksOf(each, 1_000), MOST)))
      const last = await readAll(store, 'a')
      assert.ok(bytes.some((each) => each.equals(last)))
    })

    it('what is removed is gone, and what was never there is no mistake', async () => {
      const store = await openStore()
      const keys = Array.from({ length: 20 }, (_, index) => `org-1/n-${index}`)
      await Promise.all(keys.map((key) => store.put(key, textOf(key), MOST)))
      await store.put('org-1/stays', textOf('x'), MOST)
      await store.remove([...keys, 'org-1/never', 'nobody/never'])
      await store.remove(keys)
      await store.remove([])
      for (const key of keys) await assertError(store.open(key), 'not_found')
      assert.equal(String(await readAll(store, 'org-1/stays')), 'x')
    })

    it('a key may be the beginning of another one', async () => {
      const store = await openStore()
      for (const key of ['a', 'a/b', 'a/b/c', 'a.b', 'a-b_c.d/1/2/3/4/5/6/7']) await store.put(key, textOf(key), MOST)
      for (const key of ['a', 'a/b', 'a/b/c', 'a.b']) assert.equal(String(await readAll(store, key)), key)
      await store.remove(['a'])
      assert.equal(String(await readAll(store, 'a/b')), 'a/b')
    })

    it('a key that leads elsewhere, or is none, is refused before anything is read', async () => {
      const store = await openStore()
      const bad = [
        '',
        '/',
        'a/',
        '/a',
        'a//b',
        '.',
        '..',
        '../a',
        'a/../b',
        'a/..',
        '.hidden',
        'A',
        'a b',
        'a\\b',
        'a\u0000',
        'é',
        '%2e%2e',
        'a=',
        'x'.repeat(129),
        '1/2/3/4/5/6/7/8/9',
      ]
      for (const key of bad) {
        let isRead = false
        async function* source(): AsyncGenerator<Uint8Array> {
          isRead = true
          yield Buffer.from('x')
        }
        await assertError(store.put(key, source(), MOST), 'bad_key')
        await assertError(store.open(key), 'bad_key')
        await assertError(store.remove(['a', key]), 'bad_key')
        assert.equal(isRead, false)
      }
      await assertError(store.remove(Array.from({ length: 1_001 }, () => 'a')), 'too_many')
    })

    it('what is opened and left, at once or in the middle, is of no harm', async () => {
      const store = await openStore()
      await store.put('a', chunksOf(randomBytes(400_000)), MOST)
      await store.open('a')
      for await (const chunk of await store.open('a')) {
        assert.ok(chunk.byteLength > 0)
        break
      }
      assert.equal((await readAll(store, 'a')).byteLength, 400_000)
    })
  })
}
