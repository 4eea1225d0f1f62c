/**
 * What upstreams that speak chat completions do differently, as one table. A new flavour is a new row; a difference that
 * no row can say yet is a new column. Sources: Kimi K2.5 deployment guides, the request models of vLLM and SGLang, the
 * server of llama.cpp, Moonshot's K2.5 quickstart, Cloudflare's model pages, Oxen's API pages. What none of them states
 * is marked UNCONFIRMED.
 */

import type { Capabilities } from '../../generation/index.ts'

export const FLAVOUR_NAMES = [
  'generic',
  'moonshot',
  'vllm',
  'sglang',
  'ktransformers',
  'llama-server',
  'cloudflare',
  'oxen',
] as const

export type FlavourName = (typeof FLAVOUR_NAMES)[number]

/**
 * How thinking is switched.
 *
 * - `thinking`: Moonshot's own object, always said
 * - `template`: a variable of the chat template, always said
 * - `template-off`, `both-off`: the variable, or the variable and the object, only when thinking is off. Every host of the
 *   model thinks when told nothing, and some refuse a field they do not know, so the field is spent only where silence
 *   would give the wrong answer.
 */
type ThinkingSwitch = 'thinking' | 'template' | 'template-off' | 'both-off'

export interface Flavour {
  readonly can: Capabilities
  /** The ids that this kind of host has for models of the catalogue when nobody renamed them. Others keep ours. */
  readonly models: Readonly<Record<string, string>>
  /** It runs tools whose name starts with `$` itself. */
  readonly builtinTools: boolean
  readonly thinking: ThinkingSwitch | ((model: string) => ThinkingSwitch)
  /** The variables of the chat template that switch thinking; the second name is read by templates of other families. */
  readonly thinkingVariables: readonly string[]
  /** The names under which a message of the history carries what the model thought. */
  readonly reasoningFields: readonly string[]
  /**
   * How an answer goes on from a prefix of its text: Moonshot's mark on the message, or fields of the open engines. With
   * those the template closes the thinking block before the prefix (SGLang would put the prefix into it), so thinking is
   * off for that request.
   */
  readonly prefix: 'partial' | { readonly fields: Readonly<Record<string, unknown>> }
  /** Takes a rendered prompt at `/completions`, and so goes on anywhere; with the fields that this needs. */
  readonly raw: { readonly fields: Readonly<Record<string, unknown>> } | undefined
  /** `unless-fixed`: a value that the model fixes stays unsaid, because the host refuses any other and needs none. */
  readonly sampling: 'explicit' | 'unless-fixed'
  /** `functions`: ids of the history become `functions.{name}:{idx}`, the only form the model itself was taught. */
  readonly toolIds: 'client' | 'functions'
  /**
   * `object`: arguments of the history are parsed by the host, which refuses what is no JSON object (SGLang), or fails on
   * it (vLLM, llama.cpp).
   */
  readonly toolArguments: 'as-written' | 'object'
  /**
   * Empty content beside tool calls: some templates render an empty string as a part of its own, Moonshot refuses it,
   * Oxen's schema wants a string.
   */
  readonly emptyContent: 'null' | 'omit' | 'empty'
  /** Contents of text parts only are sent as one string: not every template takes parts from every role. */
  readonly joinText: boolean
  readonly videoPart: 'video_url' | 'input_video'
  readonly budgetField: 'max_tokens' | 'max_completion_tokens'
  /** It reads `prompt_cache_key` and `safety_identifier`. */
  readonly hints: boolean
  /** Where it reads which requests belong to one session, to answer them where their beginning is cached. */
  readonly sessionHeader: string | undefined
  /** Fields that every chat request has. */
  readonly always: Readonly<Record<string, unknown>>
  /**
   * What its own parser of the model's output lets through: nothing; markers now and then, which are mended; or
   * everything, because it has no parser.
   */
  readonly leaks: 'none' | 'mend' | 'unsplit'
  /** What is asked to know whether it is well: its list of models, or its own word for it beside `/v1`. */
  readonly health: 'models' | 'health'
  /** How its key is sent: as a bearer token, or as Cloudflare's two hosts want it. */
  readonly key: 'bearer' | 'cloudflare'
}

const EVERYTHING: Capabilities = {
  images: true,
  video: true,
  partial: true,
  resumes: { reasoning: false, toolCalls: false },
  jsonObject: true,
  jsonSchema: true,
  tools: true,
  forcedTool: true,
}

/** The markers of an answer, for engines that print a special token only when told to. */
const MARKERS = [
  '<think>',
  '</think>',
  '<|tool_calls_section_begin|>',
  '<|tool_calls_section_end|>',
  '<|tool_call_begin|>',
  '<|tool_call_argument_begin|>',
  '<|tool_call_end|>',
] as const

/** `<|im_end|>`: the tokenizer's own `[EOS]` is another token, and an engine that stops only there never stops. */
const END_OF_MESSAGE = 163_586

const ANY_HOST = {
  models: {},
  builtinTools: false,
  thinkingVariables: ['thinking'],
  raw: undefined,
  sampling: 'explicit',
  toolArguments: 'as-written',
  emptyContent: 'null',
  joinText: true,
  videoPart: 'video_url',
  budgetField: 'max_tokens',
  sessionHeader: undefined,
  always: {},
  leaks: 'mend',
  health: 'models',
  key: 'bearer',
} as const

/** vLLM refuses the first without the second. */
const GOES_ON = { continue_final_message: true, add_generation_prompt: false }

const WEIGHTS = { 'kimi-k2.5': 'moonshotai/Kimi-K2.5', 'kimi-k2.6': 'moonshotai/Kimi-K2.6' }

/**
 * An engine of one's own: it is given prompts as the model reads them, and so goes on from anywhere. No video: vLLM and
 * SGLang do not take it for this model yet.
 */
const OPEN_ENGINE = {
  ...ANY_HOST,
  models: WEIGHTS,
  can: { ...EVERYTHING, video: false, resumes: { reasoning: true, toolCalls: true } },
  thinking: 'template',
  toolIds: 'functions',
  toolArguments: 'object',
  hints: false,
} as const

const SGLANG = {
  ...OPEN_ENGINE,
  reasoningFields: ['reasoning_content'],
  prefix: { fields: { continue_final_message: true } },
  raw: { fields: { skip_special_tokens: false, stop_token_ids: [END_OF_MESSAGE] } },
} as const

export const FLAVOURS: Readonly<Record<FlavourName, Flavour>> = {
  /**
   * A host we know nothing about. It may answer a prefix with a new message instead of going on from it, which would
   * repeat what a client already has: so no partial mode, unless the operator says otherwise.
   */
  generic: {
    ...ANY_HOST,
    can: { ...EVERYTHING, video: false, partial: false },
    thinking: 'template-off',
    reasoningFields: ['reasoning_content'],
    prefix: { fields: GOES_ON },
    toolIds: 'client',
    hints: true,
  },
  /**
   * Both hosts, global and China. A thought is gone on from by its `reasoning_content` in the partial message, which later
   * documentation asks for. How the host renders it is UNCONFIRMED: should it close the thought there, the answer follows
   * a thought that is shorter, and nothing is repeated.
   */
  moonshot: {
    ...ANY_HOST,
    can: { ...EVERYTHING, resumes: { reasoning: true, toolCalls: false } },
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
    leaks: 'none',
  },
  /** Older versions read only one of the two reasoning names, newer ones either. */
  vllm: {
    ...OPEN_ENGINE,
    reasoningFields: ['reasoning_content', 'reasoning'],
    prefix: { fields: GOES_ON },
    // The rendered prompt is complete: a tokenizer that adds a token in front of texts must not.
    raw: {
      fields: { skip_special_tokens: false, add_special_tokens: false, stop_token_ids: [END_OF_MESSAGE] },
    },
  },
  sglang: SGLANG,
  /**
   * SGLang without its parsers, as KTransformers' documented commands start it: thought, `</think>` and calls all come as
   * content. A grammar would then hold from the first token on and leave no room for a thought, so JSON modes and forced
   * calls are not offered. Started with both parsers it is the flavour `sglang`.
   */
  ktransformers: {
    ...SGLANG,
    models: { 'kimi-k2.5': 'Kimi-K2.5', 'kimi-k2.6': 'Kimi-K2.6' },
    can: { ...SGLANG.can, jsonObject: false, jsonSchema: false, forcedTool: false },
    always: { skip_special_tokens: false },
    leaks: 'unsplit',
  },
  /**
   * One model at a time, whatever it is asked for. A special token is printed when it is among `preserved_tokens`
   * (`tools/server` of llama.cpp). It has a part for videos of its own, whose fields are UNCONFIRMED; with this model it
   * was never tried.
   */
  'llama-server': {
    ...OPEN_ENGINE,
    models: {},
    reasoningFields: ['reasoning_content'],
    prefix: { fields: GOES_ON },
    raw: { fields: { preserved_tokens: MARKERS, cache_prompt: true } },
    videoPart: 'input_video',
    health: 'health',
  },
  /**
   * Workers AI (`…/ai/v1`) and the AI Gateway. Models whose id starts with `@cf/` run on engines of Cloudflare's own; the
   * others are passed on to their makers, whose switch is then the right one. Its session header is how prompts find
   * their cache. Video and partial mode depend on who answers: for the operator to say.
   */
  cloudflare: {
    ...ANY_HOST,
    models: { 'kimi-k2.5': '@cf/moonshotai/kimi-k2.5', 'kimi-k2.6': '@cf/moonshotai/kimi-k2.6' },
    can: { ...EVERYTHING, video: false, partial: false },
    thinking: (model) => (model.includes('@cf/') ? 'template-off' : 'thinking'),
    thinkingVariables: ['thinking', 'enable_thinking'],
    reasoningFields: ['reasoning_content', 'reasoning'],
    prefix: 'partial',
    toolIds: 'functions',
    budgetField: 'max_completion_tokens',
    hints: false,
    sessionHeader: 'x-session-affinity',
    key: 'cloudflare',
  },
  /**
   * Takes media by public URL only, and what we hold is bytes; documents no JSON schema, no prefix and no switch for
   * thinking (UNCONFIRMED whether either of the two passes through). What its backend can do more is for the operator to say.
   */
  oxen: {
    ...ANY_HOST,
    models: { 'kimi-k2.5': 'moonshotai-kimi-k2-5' },
    can: { ...EVERYTHING, images: false, video: false, partial: false, jsonSchema: false },
    thinking: 'both-off',
    reasoningFields: ['reasoning_content'],
    prefix: 'partial',
    toolIds: 'functions',
    emptyContent: 'empty',
    hints: false,
  },
}

/** What a host of this kind calls a model of the catalogue, unless somebody renamed it. */
export function usualModelId(flavour: FlavourName, model: string): string {
  return FLAVOURS[flavour].models[model] ?? model
}
