/**
 * What upstreams that speak chat completions do differently, as one table. A new flavour is a new row; a difference that
 * no row can say yet is a new column. Source: the side-by-side of hosted Moonshot, vLLM, SGLang and llama-server.
 */

import type { Capabilities } from '../../generation/index.ts'

export type FlavourName = 'generic' | 'vllm' | 'moonshot'

export interface Flavour {
  readonly can: Capabilities
  /** It runs tools whose name starts with `$` itself. */
  readonly builtinTools: boolean
  /**
   * How thinking is switched: Moonshot's own `thinking` object, or a variable of the chat template. `template-off` says
   * something only when thinking is off: every host of the model thinks when told nothing, and some refuse a field they
   * do not know, so the field is spent only where silence would give the wrong answer.
   */
  readonly thinking: 'thinking' | 'template' | 'template-off'
  /** The names under which a message of the history carries what the model thought. */
  readonly reasoningFields: readonly string[]
  /**
   * How an answer goes on from a prefix: Moonshot's mark on the message, or the pair of fields of the open engines. With
   * the pair the template closes the thinking block before the prefix, so thinking is off for that request.
   */
  readonly prefix: 'partial' | 'continue'
  /** `unless-fixed`: a value that the model fixes stays unsaid, because the host refuses any other and needs none. */
  readonly sampling: 'explicit' | 'unless-fixed'
  /** `functions`: ids of the history become `functions.{name}:{idx}`, the only form the model itself was taught. */
  readonly toolIds: 'client' | 'functions'
  /** Empty content beside tool calls: some templates render an empty string as a part of its own, Moonshot refuses it. */
  readonly emptyContent: 'null' | 'omit'
  /** Contents of text parts only are sent as one string: not every template takes parts from every role. */
  readonly joinText: boolean
  readonly budgetField: 'max_tokens' | 'max_completion_tokens'
  /** It reads `prompt_cache_key` and `safety_identifier`. */
  readonly hints: boolean
}

const EVERYTHING: Capabilities = {
  images: true,
  video: true,
  partial: true,
  jsonObject: true,
  jsonSchema: true,
  tools: true,
  forcedTool: true,
}

const OPEN_ENGINE = {
  builtinTools: false,
  prefix: 'continue',
  sampling: 'explicit',
  emptyContent: 'null',
  joinText: true,
  budgetField: 'max_tokens',
} as const

export const FLAVOURS: Readonly<Record<FlavourName, Flavour>> = {
  /**
   * A host we know nothing about. It may answer a prefix with a new message instead of going on from it, which would
   * repeat what a client already has: so no partial mode, unless the operator says otherwise.
   */
  generic: {
    ...OPEN_ENGINE,
    can: { ...EVERYTHING, video: false, partial: false },
    thinking: 'template-off',
    reasoningFields: ['reasoning_content'],
    toolIds: 'client',
    hints: true,
  },
  /** vLLM takes no video for this model yet; older versions read only one of the two reasoning names, newer ones either. */
  vllm: {
    ...OPEN_ENGINE,
    can: { ...EVERYTHING, video: false },
    thinking: 'template',
    reasoningFields: ['reasoning_content', 'reasoning'],
    toolIds: 'functions',
    hints: false,
  },
  moonshot: {
    can: EVERYTHING,
    builtinTools: true,
    thinking: 'thinking',
    reasoningFields: ['reasoning_content'],
    prefix: 'partial',
    sampling: 'unless-fixed',
    toolIds: 'client',
    emptyContent: 'omit',
    joinText: false,
    budgetField: 'max_completion_tokens',
    hints: true,
  },
}
