/** What a desk holds: a conversation, what is being written, and how it is told about once a frame. */

import type { ChatRequest } from '@moonbase/protocol'
import {
  fold,
  NEW_CONVERSATION,
  view,
  type Conversation,
  type ConversationView,
  type WorkEvent,
} from '../conversation/index.ts'
import type { EstimateShown } from '../parts/composer/estimate.tsx'
import type { Offered } from '../screens/desk.ts'
import type { MediaPart } from './media-store.ts'

export interface ToolSetting {
  readonly on: boolean
  readonly example: string
}

export interface DeskState {
  readonly id: string | null
  readonly title: string
  readonly kept: 'kept' | 'full' | 'no'
  readonly conversation: Conversation
  readonly view: ConversationView
  readonly settings: ChatRequest
  readonly begin: string
  readonly draft: string
  readonly media: readonly MediaPart[]
  readonly variables: Readonly<Record<string, string>>
  readonly tools: Readonly<Record<string, ToolSetting>>
  readonly estimate: EstimateShown | null
  readonly offer: Offered | null
  readonly detach: boolean
  /** Drafts that wait for the answer that runs. */
  readonly queue: readonly { readonly draft: string; readonly media: readonly MediaPart[] }[]
  /** Turns whose failure is tried again by itself, with the time. */
  readonly waiting: Readonly<Record<string, number>>
}

export function newDesk(model: string): DeskState {
  return {
    id: null,
    title: '',
    kept: 'no',
    conversation: NEW_CONVERSATION,
    view: view(NEW_CONVERSATION, 0),
    settings: { model, messages: [], stream: true },
    begin: '',
    draft: '',
    media: [],
    variables: {},
    tools: {},
    estimate: null,
    offer: null,
    detach: true,
    queue: [],
    waiting: {},
  }
}

/** How often a view is told when no frame comes, because nobody sees it. */
const HIDDEN_MS = 250
/** While an answer runs its times go on although nothing comes. */
const FIGURES_MS = 250

export class DeskStore {
  #state: DeskState
  #conversation: Conversation
  #scheduled = false
  #ticking: ReturnType<typeof setInterval> | null = null
  readonly #listeners = new Set<() => void>()

  constructor(model: string) {
    this.#state = newDesk(model)
    this.#conversation = this.#state.conversation
  }

  readonly get = (): DeskState => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** As it is now, also between two frames. */
  get conversation(): Conversation {
    return this.#conversation
  }

  /** What a person changes is seen at once. */
  set(change: Partial<DeskState>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener()
  }

  /** Another conversation, or none. */
  open(state: DeskState): void {
    this.#conversation = state.conversation
    this.#state = { ...state, view: view(state.conversation, Date.now()) }
    this.#tick()
    for (const listener of this.#listeners) listener()
  }

  /** What happens is folded at once, and seen with the next frame. */
  tell(event: WorkEvent): void {
    this.#conversation = fold(this.#conversation, event)
    this.#schedule()
  }

  /** What a person did is seen at once as well. */
  act(event: WorkEvent): void {
    this.#conversation = fold(this.#conversation, event)
    this.flush()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    if (document.visibilityState === 'hidden') setTimeout(() => this.flush(), HIDDEN_MS)
    else requestAnimationFrame(() => this.flush())
  }

  flush(): void {
    this.#scheduled = false
    const conversation = this.#conversation
    this.set({ conversation, view: view(conversation, Date.now(), this.#state.view) })
    this.#tick()
  }

  #tick(): void {
    const runs = this.#state.view.running.length > 0
    if (runs && this.#ticking === null) this.#ticking = setInterval(() => this.#schedule(), FIGURES_MS)
    if (!runs && this.#ticking !== null) {
      clearInterval(this.#ticking)
      this.#ticking = null
    }
  }
}
