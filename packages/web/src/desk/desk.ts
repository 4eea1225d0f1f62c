/** The desk at work: begins runs, stops them, goes on, and does what turns and errors ask for. */

import type { ChatRequest } from '@moonbase/protocol'
import { path, type Action, type RunId, type TurnId } from '../conversation/index.ts'
import { change, readSettings } from '../request/settings.ts'
import { askedContent, buildRequest, filledIn, withoutData } from './build-request.ts'
import { Counter } from './counter.ts'
import { DeskStore } from './desk-state.ts'
import { MediaStore, type MediaPart } from './media-store.ts'
import { offerIn, requestInPaste } from './paste.ts'
import { openedRequest } from './open-request.ts'
import type { Answer } from '../client/index.ts'
import { resumeRun, runRequest, type Running, type Wishes } from './run-request.ts'
import { withResults, writtenByHand } from './turns-of-answers.ts'
import { unfinished } from './unfinished.ts'
import type { WireRecord } from '../wire/wire-record.ts'

/** Tokens, where neither the request nor the server's list of models names a limit. */
export const DEFAULT_LIMIT = 32_768

interface RunState {
  readonly answer: Answer
  readonly record: WireRecord
}

interface Begin {
  readonly turn: TurnId
  readonly after: TurnId | null
  readonly request: ChatRequest
}

const newId = (): string => crypto.randomUUID()

export class DeskWork {
  readonly store: DeskStore
  readonly media = new MediaStore()
  readonly #runs = new Map<RunId, RunState>()
  #record: WireRecord | null = null
  #afterwards: (() => void) | null = null
  readonly #counter: Counter
  /** Whether an engine is the stand-in that runs no model; known once the server has said which it has. */
  isOffline: (engine: string) => boolean = () => false

  constructor(model: string) {
    this.store = new DeskStore(model)
    this.#counter = new Counter(this.store, () => this.request())
  }

  get record(): WireRecord | null {
    return this.#record
  }

  get running(): boolean {
    return this.#runs.size > 0
  }

  /** The request as it would be sent now: with what stands in the field, if anything does. */
  request(): ChatRequest {
    const { settings, draft, media, begin, variables } = this.store.get()
    const asks = draft.trim() !== '' || media.length > 0
    const built = buildRequest(this.store.conversation, {
      settings,
      // With nothing in the field it is the request that was answered last.
      ...(asks ? {} : this.#answered()),
      media: this.media.data,
      begin: draft === '' && media.length === 0 ? '' : begin,
      toolsOff: this.#toolsOff(),
    })
    if (draft.trim() === '' && media.length === 0) return built
    const { messages } = built
    const beginning = begin === '' ? [] : messages.slice(-1)
    const before = begin === '' ? messages : messages.slice(0, -1)
    const content = askedContent(filledIn(draft, variables), media, this.media.data)
    return { ...built, messages: [...before, { role: 'user', content }, ...beginning] }
  }

  /** Up to the turn that was answered last, where an answer stands at the end. */
  #answered(): { readonly until?: TurnId | null } {
    const last = path(this.store.conversation).at(-1)
    return last === undefined || last.runs.length === 0 ? {} : { until: last.parent }
  }

  #toolsOff(): ReadonlySet<string> {
    const { tools } = this.store.get()
    return new Set(Object.entries(tools).flatMap(([name, { on }]) => (on ? [] : [name])))
  }

  /** What stands in the field becomes a turn and is run; while an answer runs it waits. */
  run(): void {
    const state = this.store.get()
    const { draft, media, queue } = state
    const empty = draft.trim() === '' && media.length === 0
    if (this.running) {
      if (!empty) this.store.set({ queue: [...queue, { draft, media }], draft: '', media: [], estimate: null })
      return
    }
    if (empty) {
      const last = path(this.store.conversation).at(-1)
      if (last !== undefined && last.runs.length === 0) this.#answer(last.id)
      return
    }
    this.store.set({ draft: '', media: [], offer: null })
    this.#ask(draft, media)
  }

  #ask(draft: string, media: readonly MediaPart[]): void {
    const { id, variables } = this.store.get()
    const turn = newId()
    const text = filledIn(draft, variables)
    const after = path(this.store.conversation).at(-1)?.id ?? null
    const parts = [...media, ...(text.trim() === '' ? [] : [{ kind: 'text' as const, text }])]
    if (id === null) this.store.set({ id: newId(), title: text.trim().split('\n')[0]?.slice(0, 60) ?? '' })
    this.store.act({ type: 'turn', turn, after, role: 'user', parts, at: Date.now() })
    this.#answer(turn)
  }

  /** A new answer behind this turn. */
  #answer(after: TurnId | null, settings = this.store.get().settings): void {
    const { begin } = this.store.get()
    const request = buildRequest(this.store.conversation, {
      settings,
      media: this.media.data,
      until: after,
      begin,
      toolsOff: this.#toolsOff(),
    })
    this.#begin({ turn: newId(), after, request })
  }

  #begin({ turn, after, request }: Begin): void {
    const run = newId()
    const at = Date.now()
    const form = readSettings(request)
    this.store.act({
      type: 'run',
      run,
      turn,
      after,
      request: withoutData(request),
      asked: {
        model: request.model,
        thinking: form.thinking,
        limit: form.longest ?? DEFAULT_LIMIT,
        form: form.answerAs,
      },
      at,
    })
    const { detach } = this.store.get()
    this.#reading(run, (wishes) => runRequest({ request, detach, ...wishes }))
  }

  #reading(run: RunId, begin: (wishes: Pick<Wishes, 'isOffline' | 'tell'>) => Running): void {
    const { record, answer, done } = begin({
      isOffline: this.isOffline,
      tell: (happened, ms) => this.store.tell({ ...happened, run, ms }),
    })
    this.#record = record
    this.#runs.set(run, { answer, record })
    void done.then(() => this.#over(run))
  }

  /** Runs that were under way when their page went are asked for again, behind the last event that was kept. */
  resume(): void {
    for (const { run, place, age } of unfinished(this.store.conversation, Date.now()))
      if (!this.#runs.has(run)) this.#reading(run, (wishes) => resumeRun({ place, age, detach: true, ...wishes }))
    this.store.flush()
  }

  #over(run: RunId): void {
    this.#runs.delete(run)
    this.store.flush()
    this.changed()
    const afterwards = this.#afterwards
    this.#afterwards = null
    if (afterwards !== null && !this.running) {
      afterwards()
      return
    }
    const [next, ...rest] = this.store.get().queue
    if (next === undefined || this.running) return
    this.store.set({ queue: rest })
    this.#ask(next.draft, next.media)
  }

  stop(): void {
    for (const [run, { answer }] of this.#runs) {
      const started = this.store.conversation.runs[run]?.startedAt ?? Date.now()
      this.store.act({ type: 'stop', run, ms: Date.now() - started, by: 'person' })
      answer.stop()
    }
  }

  #parent(turn: TurnId): TurnId | null {
    return this.store.conversation.turns[turn]?.parent ?? null
  }

  again(turn: TurnId, settings = this.store.get().settings): void {
    if (this.running) return
    const found = this.store.conversation.turns[turn]
    if (found === undefined) return
    this.#answer(found.runs.length > 0 ? this.#parent(turn) : turn, settings)
  }

  goOn(turn: TurnId): void {
    if (this.running) return
    const { settings } = this.store.get()
    const request = buildRequest(this.store.conversation, {
      settings,
      media: this.media.data,
      until: turn,
      goOn: true,
      toolsOff: this.#toolsOff(),
    })
    this.#begin({ turn, after: this.#parent(turn), request })
  }

  raisedTo(): number {
    return Math.min(262_144, (readSettings(this.store.get().settings).longest ?? DEFAULT_LIMIT) * 2)
  }

  act(turn: TurnId, action: Action): void {
    switch (action) {
      case 'stop':
      case 'stop-waiting':
        this.stop()
        return
      case 'go-on':
        this.goOn(turn)
        return
      case 'again':
        this.again(turn)
        return
      case 'raise-limit':
        this.settings(change.longest(this.store.get().settings, this.raisedTo()))
        this.goOn(turn)
        return
      case 'skip-thinking':
        this.#afterwards = () => this.again(turn, change.thinking(this.store.get().settings, false))
        this.stop()
        return
      case 'send-results':
        this.#sendResults(turn)
        return
      case 'edit':
        writtenByHand(this.store, turn)
    }
  }

  #sendResults(turn: TurnId): void {
    if (!this.running) this.#answer(withResults(this.store, turn))
  }

  settings(settings: ChatRequest): void {
    this.store.set({ settings })
    this.changed()
  }

  system(text: string): void {
    const first = path(this.store.conversation)[0]
    const parts = [{ kind: 'text' as const, text }]
    if (first?.role === 'system') {
      if (text === '') this.store.act({ type: 'remove', turn: first.id })
      else this.store.act({ type: 'amend', turn: first.id, parts })
    } else if (text !== '')
      this.store.act({ type: 'turn', turn: newId(), after: null, role: 'system', parts, at: Date.now() })
    this.changed()
  }

  /** A whole request takes the place of what is here: its messages become turns. */
  open(request: ChatRequest): void {
    if (this.running) return
    this.store.open(openedRequest(request, this.store.get()))
    this.changed()
  }

  pasted(text: string): void {
    const offer = offerIn(text)
    if (offer !== null) setTimeout(() => this.store.set({ offer }), 0)
  }

  openOffer(): void {
    const { offer } = this.store.get()
    const request = offer === null ? null : requestInPaste(offer.text)
    this.store.set({ offer: null })
    if (request === null) return
    this.store.set({ draft: '' })
    this.open(request)
  }

  doNotRun(turn: TurnId): void {
    const { [turn]: _gone, ...waiting } = this.store.get().waiting
    this.store.set({ waiting })
  }

  /** Something changed what the next request is: its tokens are asked for when that rests for a moment. */
  changed(): void {
    this.#counter.changed()
  }
}
