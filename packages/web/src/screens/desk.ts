/** What the workbench works on: one conversation, the request that it would send next, and all that can be done with them. */

import type { ChatRequest } from '@moonbase/protocol'
import type { ConversationView, EpochMs, Part, Remedy, TurnId, WorkError } from '../conversation/index.ts'
import type { WireDownloads, WireShown } from '../wire/wire-shown.ts'
import type { EstimateShown } from '../parts/composer/estimate.tsx'
import type { MediaShown } from '../parts/media-chip.tsx'
import type { TurnActs } from '../parts/turn-acts.ts'
import type { ModelShown } from '../parts/inspector/settings-form.tsx'
import type { RequestSettings } from '../request/settings.ts'

export interface Offered {
  readonly kind: 'request' | 'request-id'
  readonly text: string
}

export interface Desk {
  /** null: nothing was run yet. */
  readonly id: string | null
  readonly title: string
  readonly kept: 'kept' | 'full' | 'no'
  readonly view: ConversationView
  readonly turnAt: (turn: TurnId) => EpochMs | null
  /** As it would be sent now, with what stands in the field. */
  readonly request: ChatRequest
  readonly settings: RequestSettings
  readonly system: string
  readonly begin: string
  readonly draft: string
  readonly media: readonly MediaShown[]
  readonly variables: Readonly<Record<string, string>>
  readonly estimate: EstimateShown | null
  readonly offer: Offered | null
  readonly queued: number
  /** Held for what runs. */
  readonly held: { readonly amount: string; readonly currency: string } | null
  readonly detach: boolean
  readonly tools: Readonly<Record<string, { readonly on: boolean; readonly example: string }>>
  readonly models: readonly ModelShown[]
  readonly offline: boolean
  readonly wire: WireShown | null
  readonly downloads: WireDownloads
  /** Headers that every request of the page has, for the spellings. */
  readonly headers: Readonly<Record<string, string>>
  readonly acts: DeskActs
}

export interface DeskActs {
  readonly setSettings: (settings: RequestSettings) => void
  readonly setRequest: (request: ChatRequest) => void
  readonly setSystem: (text: string) => void
  readonly setBegin: (text: string) => void
  readonly setDraft: (text: string) => void
  readonly setVariable: (name: string, value: string) => void
  readonly addFiles: (files: readonly File[]) => void
  readonly removeMedia: (key: string) => void
  readonly setDetach: (on: boolean) => void
  readonly pasted: (text: string) => void
  readonly openOffer: () => void
  readonly keepText: () => void
  readonly run: () => void
  readonly stop: () => void
  readonly starter: (key: string) => void
  readonly rename: (title: string) => void
  readonly share: () => void
  readonly importFiles: (files: readonly File[]) => void
  readonly turns: TurnActs
  readonly remedy: (turn: TurnId, remedy: Remedy, error: WorkError) => void
  /** Which of an error's remedies can be done here. */
  readonly can: (remedy: Remedy, error: WorkError) => boolean
  readonly waits: (turn: TurnId) => boolean
  readonly doNotRun: (turn: TurnId) => void
  readonly mediaOf: (part: Part) => MediaShown | null
  readonly tool: (name: string) => { readonly on: boolean; readonly example: string }
  readonly setTool: (name: string, change: { on?: boolean; example?: string }) => void
  readonly raisedTo: number
}
