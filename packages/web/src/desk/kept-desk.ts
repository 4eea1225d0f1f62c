/** A desk and what the browser keeps of it: its conversation with its settings, its files once each. */

import type { ChatRequest } from '@moonbase/protocol'
import type { Conversation, Part } from '../conversation/index.ts'
import type { History, Kept } from '../history/index.ts'
import { DeskWork } from './desk.ts'
import { newDesk } from './desk-state.ts'
import type { MediaPart } from './media-store.ts'

/** null while nothing was run: there is nothing to keep. */
export function keptOf(work: DeskWork, before: Pick<Kept, 'madeAt' | 'pinned'>, now: number): Kept | null {
  const { id, title, settings } = work.store.get()
  if (id === null) return null
  const { messages: _messages, ...rest } = settings
  const conversation: Conversation = { ...work.store.conversation, settings: rest }
  return { id, title, pinned: before.pinned, madeAt: before.madeAt, changedAt: now, conversation }
}

function mediaParts({ turns }: Conversation): MediaPart[] {
  return Object.values(turns)
    .flatMap(({ parts }): readonly Part[] => parts)
    .filter((part): part is MediaPart => part.kind === 'media')
}

/** The files of a conversation that are not kept yet. */
export async function keepMedia(history: History, work: DeskWork): Promise<void> {
  for (const { digest } of mediaParts(work.store.conversation)) {
    const file = work.media.file(digest)
    if (file !== undefined) await history.keepMedia(digest, file)
  }
}

function settingsOf({ settings }: Conversation, model: string): ChatRequest {
  const kept = typeof settings['model'] === 'string' ? settings['model'] : model
  return { stream: true, ...settings, model: kept, messages: [] }
}

/** A desk with a conversation that was kept, and its files. */
export async function openedDesk(history: History, kept: Kept, model: string): Promise<DeskWork> {
  const work = new DeskWork(model)
  for (const part of mediaParts(kept.conversation)) {
    const file = await history.media(part.digest)
    if (file !== undefined) await work.media.restore(part, file)
  }
  const settings = settingsOf(kept.conversation, model)
  const { id, title, conversation } = kept
  work.store.open({ ...newDesk(settings.model), id, title, kept: 'kept', conversation, settings })
  work.resume()
  return work
}
