/** What a server hands in beside the transport, for tests. */

import { answerRepair } from '../../../generation/index.ts'
import { LearnedTemplate } from '../chunk-template.ts'
import type { OpenAiCompatibleOptions } from '../options.ts'
import { rawPrompts } from '../raw-prompt.ts'

export const HANDED_IN: Required<Pick<OpenAiCompatibleOptions, 'rawPrompts' | 'repairs' | 'quickChunks'>> = {
  quickChunks: () => new LearnedTemplate(),
  rawPrompts: rawPrompts(),
  repairs: (options) => answerRepair(options),
}
