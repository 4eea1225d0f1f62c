/** Two to four desks side by side, asked the same thing in the same task, so that their times can be compared. */

import { DeskWork } from './desk.ts'
import { newDesk, type DeskState } from './desk-state.ts'

export const MOST_COLUMNS = 4
export const LETTERS = ['A', 'B', 'C', 'D'] as const

interface CompareState {
  readonly columns: readonly DeskState[]
  readonly draft: string
  /** Each column has its own field. */
  readonly own: boolean
}

export class CompareWork {
  #works: readonly DeskWork[]
  #state: CompareState
  #draft = ''
  #own = false
  #leave: (() => void)[] = []
  readonly #listeners = new Set<() => void>()

  /** B begins as a copy of A. */
  constructor(from: DeskWork) {
    this.#works = [copyOf(from), copyOf(from)]
    this.#draft = lastAsked(from)
    this.#state = this.#read()
    this.#listen()
  }

  get works(): readonly DeskWork[] {
    return this.#works
  }

  readonly get = (): CompareState => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #read(): CompareState {
    return { columns: this.#works.map(({ store }) => store.get()), draft: this.#draft, own: this.#own }
  }

  #tell(): void {
    this.#state = this.#read()
    for (const listener of this.#listeners) listener()
  }

  #listen(): void {
    for (const leave of this.#leave) leave()
    this.#leave = this.#works.map(({ store }) => store.subscribe(() => this.#tell()))
  }

  setDraft(draft: string): void {
    this.#draft = draft
    for (const work of this.#works) {
      work.store.set({ draft })
      work.changed()
    }
    this.#tell()
  }

  /** A file goes to each column: each sends its own request. */
  async addFile(file: File): Promise<void> {
    for (const work of this.#works) {
      const part = await work.media.add(file)
      const { media } = work.store.get()
      if (!media.some(({ digest }) => digest === part.digest)) work.store.set({ media: [...media, part] })
      work.changed()
    }
  }

  removeMedia(digest: string): void {
    for (const work of this.#works) {
      const { media } = work.store.get()
      work.store.set({ media: media.filter((part) => part.digest !== digest) })
      work.changed()
    }
  }

  add(): void {
    const [first] = this.#works
    if (first === undefined || this.#works.length >= MOST_COLUMNS) return
    this.#works = [...this.#works, copyOf(first)]
    this.#listen()
    this.setDraft(this.#draft)
  }

  remove(at: number): void {
    if (this.#works.length <= 2) return
    this.#works[at]?.stop()
    this.#works = this.#works.filter((_, index) => index !== at)
    this.#listen()
    this.#tell()
  }

  run(): void {
    if (this.#draft.trim() === '') return
    for (const work of this.#works) this.#ask(work)
  }

  runOne(at: number): void {
    const work = this.#works[at]
    if (work !== undefined) this.#ask(work)
  }

  /** What was answered before makes room: a column shows one answer to one question. */
  #ask(work: DeskWork): void {
    if (work.running) return
    const { settings, tools, detach, begin, media } = work.store.get()
    const system = systemOf(work)
    work.store.open({ ...newDesk(settings.model), settings, tools, detach, begin, media, draft: this.#draft })
    if (system !== '') work.system(system)
    work.run()
    work.store.set({ draft: this.#draft, media })
  }

  stop(): void {
    for (const work of this.#works) work.stop()
  }

  get running(): boolean {
    return this.#works.some((work) => work.running)
  }
}

function systemOf(work: DeskWork): string {
  const [first] = work.store.get().view.turns
  if (first?.role !== 'system') return ''
  return first.parts.map((part) => (part.kind === 'text' ? part.text : '')).join('\n')
}

function lastAsked(work: DeskWork): string {
  const { draft, view } = work.store.get()
  if (draft.trim() !== '') return draft
  const asked = view.turns.findLast(({ role }) => role === 'user')
  return asked?.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n') ?? ''
}

function copyOf(from: DeskWork): DeskWork {
  const { settings, tools, detach, begin } = from.store.get()
  const work = new DeskWork(settings.model)
  work.store.set({ settings: { ...settings }, tools, detach, begin })
  const system = systemOf(from)
  if (system !== '') work.system(system)
  return work
}
