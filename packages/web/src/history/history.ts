/** The conversations of this browser: kept as documents, their media once by digest, drafts beside them. Nothing is dropped by itself. */

import { digestsIn, type Kept, readKept, readSummary, summaryOf, type Summary, wordsOf } from './document.ts'
import { type Shelf, ShelfFullError, type Write } from './shelf.ts'

/** How keeping went. `full`: there is no room, what was kept before is still there, and sending works on. */
export type Keeping = 'kept' | 'full'

/** Told to the other pages of this browser. */
export interface Change {
  readonly type: 'changed' | 'removed'
  readonly id: string
}

/** More than a search shows; the newest come first. */
const MOST_FOUND = 200

export class History {
  readonly #shelf: Shelf
  readonly #tell: (change: Change) => void

  constructor(shelf: Shelf, tell: (change: Change) => void) {
    this.#shelf = shelf
    this.#tell = tell
  }

  /** Pinned ones first, then the newest. Lines that cannot be read are left out: their documents stay. */
  async list(): Promise<readonly Summary[]> {
    const all = (await this.#shelf.all('summaries')).map(readSummary).filter((line) => line !== undefined)
    return all.toSorted((one, other) => Number(other.pinned) - Number(one.pinned) || other.changedAt - one.changedAt)
  }

  /** `undefined`: there is none, or none that can be read. */
  async open(id: string): Promise<Kept | undefined> {
    return readKept(await this.#shelf.get('conversations', id))
  }

  async keep(kept: Kept): Promise<Keeping> {
    return this.#write(
      [
        { store: 'conversations', key: kept.id, value: kept },
        { store: 'summaries', key: kept.id, value: summaryOf(kept) },
      ],
      { type: 'changed', id: kept.id },
    )
  }

  /** Another name, or a pin: nothing where it is gone meanwhile. */
  async change(id: string, what: Partial<Pick<Kept, 'title' | 'pinned'>>): Promise<Keeping> {
    const kept = await this.open(id)
    return kept === undefined ? 'kept' : this.keep({ ...kept, ...what })
  }

  /** What is given back puts it there again as it was. Media stay until {@link sweep}. */
  async remove(id: string): Promise<(() => Promise<Keeping>) | undefined> {
    const kept = await this.open(id)
    const gone: Write[] = [
      { store: 'conversations', key: id },
      { store: 'summaries', key: id },
      { store: 'drafts', key: id },
    ]
    await this.#write(gone, { type: 'removed', id })
    return kept === undefined ? undefined : () => this.keep(kept)
  }

  /** In titles and texts, every word somewhere, whatever its case. */
  async search(words: string): Promise<readonly Summary[]> {
    const wanted = words
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '')
    const found: Summary[] = []
    for (const line of await this.list()) {
      if (found.length >= MOST_FOUND) break
      const kept = await this.open(line.id)
      const all = kept === undefined ? line.title : wordsOf(kept)
      const lower = all.toLowerCase()
      if (wanted.every((word) => lower.includes(word))) found.push(line)
    }
    return found
  }

  /** What is being written; `''` is the key of a conversation that is none yet. Empty text takes it away. */
  async keepDraft(id: string, draft: string): Promise<Keeping> {
    return this.#write([{ store: 'drafts', key: id, ...(draft !== '' && { value: draft }) }])
  }

  async draft(id: string): Promise<string> {
    const draft = await this.#shelf.get('drafts', id)
    return typeof draft === 'string' ? draft : ''
  }

  /** Once, however often it is used. */
  async keepMedia(digest: string, file: Blob): Promise<Keeping> {
    if ((await this.#shelf.get('media', digest)) instanceof Blob) return 'kept'
    return this.#write([{ store: 'media', key: digest, value: file }])
  }

  async media(digest: string): Promise<Blob | undefined> {
    const file = await this.#shelf.get('media', digest)
    return file instanceof Blob ? file : undefined
  }

  /** Media that no conversation needs any more. Where one cannot be read, nothing is taken away: it might need them. */
  async sweep(): Promise<number> {
    const [keys, conversations] = await Promise.all([this.#shelf.keys('media'), this.#shelf.keys('conversations')])
    const needed = new Set<string>()
    for (const id of conversations) {
      const kept = await this.open(id)
      if (kept === undefined) return 0
      for (const digest of digestsIn(kept.conversation)) needed.add(digest)
    }
    const writes = keys.filter((digest) => !needed.has(digest)).map((key): Write => ({ store: 'media', key }))
    await this.#write(writes)
    return writes.length
  }

  async #write(writes: readonly Write[], change?: Change): Promise<Keeping> {
    try {
      await this.#shelf.write(writes)
    } catch (error) {
      if (error instanceof ShelfFullError) return 'full'
      throw error
    }
    if (change !== undefined) this.#tell(change)
    return 'kept'
  }
}
