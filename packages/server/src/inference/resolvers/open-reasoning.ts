/** `restore-reasoning` as a server has it: what keeps thoughts, and what puts them back. */

import type { MessageResolver } from '@moonbase/core/inference'
import type { InferenceService } from '../inference.ts'
import { keepReasoning } from './keep-reasoning.ts'
import type { ReasoningStoreParts } from './reasoning-parts.ts'
import { ReasoningStore } from './reasoning-store.ts'
import { restoreReasoning } from './restore-reasoning.ts'

export interface OpenReasoning {
  /** The first of all: what others change in a conversation is no part of what is looked for. */
  readonly resolver: MessageResolver
  /** The same service, which keeps what models thought. */
  keeping(inner: InferenceService): InferenceService
  /** To be called when no request runs any more. */
  close(): Promise<void>
}

export function openReasoning(parts: ReasoningStoreParts): OpenReasoning {
  const store = new ReasoningStore(parts)
  return {
    resolver: restoreReasoning(store),
    keeping: (inner) => keepReasoning(inner, store),
    close: () => store.close(),
  }
}
