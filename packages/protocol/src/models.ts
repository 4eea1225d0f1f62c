/**
 * The model catalogue: every model of the platform with its window, prices, abilities and life dates.
 *
 * Prices are nano-dollars per token, so that 1,000 of them are one US dollar per million tokens and money stays an
 * integer from the first multiplication on. Source: reference §15 (prices and dates), §2.1 and §3 (rules), §10.1.
 */

/** Nano-dollars (1e-9 USD) per token. `hit` is a prompt token found in the prefix cache, `miss` one that was not. */
export interface Prices {
  readonly hit: number | null
  readonly miss: number
  readonly output: number
}

/** One value that a model fixes, or the range it takes. */
export type SamplingRule =
  | { readonly fixed: number }
  | { readonly minimum: number; readonly maximum: number; readonly default: number }

export interface SamplingRules {
  readonly temperature: SamplingRule
  readonly top_p: SamplingRule
  readonly n: SamplingRule
  readonly presence_penalty: SamplingRule
  readonly frequency_penalty: SamplingRule
}

export interface Model {
  readonly id: string
  /** When it appeared, as Unix seconds (the first of the month where only that is known): the `created` of a listing. */
  readonly created: number
  /** The day the hosted platform switched it off (ISO date), or `null` while it runs. */
  readonly retired: string | null
  /** Tokens of prompt and answer together. */
  readonly contextLength: number
  readonly prices: Prices
  /** Nano-yuan per token, of the platform's Chinese site; `null` where no source tells them. */
  readonly pricesCny: Prices | null
  readonly images: boolean
  readonly video: boolean
  /** `switch`: the request turns thinking on and off; `always` and `never`: it cannot. */
  readonly thinking: 'switch' | 'always' | 'never'
  /** Used when a request names no `max_completion_tokens`. Counts reasoning too. */
  readonly defaultMaxTokens: number
  /** What may be sent while the model thinks, and while it does not. */
  readonly sampling: { readonly thinking: SamplingRules; readonly instant: SamplingRules }
}

const day = (iso: string): number => Date.parse(`${iso}T00:00:00Z`) / 1000

/** Dollars (or yuan) per million tokens, as price lists give them, to nano-units per token. */
const price = (hit: number | null, miss: number, output: number): Prices => ({
  hit: hit === null ? null : Math.round(hit * 1000),
  miss: Math.round(miss * 1000),
  output: Math.round(output * 1000),
})

const fixedSampling = (temperature: number): SamplingRules => ({
  temperature: { fixed: temperature },
  top_p: { fixed: 0.95 },
  n: { fixed: 1 },
  presence_penalty: { fixed: 0 },
  frequency_penalty: { fixed: 0 },
})

/** Temperature reaches 1 on this platform, not 2. */
const freeSampling = (temperature: number): SamplingRules => ({
  temperature: { minimum: 0, maximum: 1, default: temperature },
  top_p: { minimum: 0, maximum: 1, default: 1 },
  n: { minimum: 1, maximum: 5, default: 1 },
  presence_penalty: { minimum: -2, maximum: 2, default: 0 },
  frequency_penalty: { minimum: -2, maximum: 2, default: 0 },
})

const k25Sampling = { thinking: fixedSampling(1), instant: fixedSampling(0.6) }
const sameSampling = (rules: SamplingRules) => ({ thinking: rules, instant: rules })

const K2 = {
  images: false,
  video: false,
  thinking: 'never',
  defaultMaxTokens: 1024,
  sampling: sameSampling(freeSampling(0.6)),
  retired: '2026-05-25',
  pricesCny: null,
} as const

const K2_THINKING = {
  ...K2,
  thinking: 'always',
  defaultMaxTokens: 32768,
  sampling: sameSampling(freeSampling(1)),
} as const

const V1 = {
  created: day('2024-02-01'),
  images: false,
  video: false,
  thinking: 'never',
  defaultMaxTokens: 1024,
  sampling: sameSampling(freeSampling(0)),
  retired: '2026-08-31',
} as const

/** From K2.6 on, as K2.5: text, image and video in, thinking as a switch, sampling fixed. */
const LATER = {
  images: true,
  video: true,
  thinking: 'switch',
  defaultMaxTokens: 32768,
  sampling: k25Sampling,
  retired: null,
} as const

const V1_8K = { ...V1, contextLength: 8192, prices: price(null, 0.2, 2), pricesCny: price(null, 2, 10) }
const V1_32K = { ...V1, contextLength: 32768, prices: price(null, 1, 3), pricesCny: price(null, 5, 20) }
const V1_128K = { ...V1, contextLength: 131072, prices: price(null, 2, 5), pricesCny: price(null, 10, 30) }

export const MODELS: readonly Model[] = [
  {
    ...LATER,
    id: 'kimi-k2.5',
    created: day('2026-01-27'),
    retired: '2026-08-31',
    contextLength: 262144,
    prices: price(0.1, 0.6, 3),
    pricesCny: price(0.7, 4, 21),
  },
  {
    ...LATER,
    id: 'kimi-k2.6',
    created: day('2026-04-01'),
    contextLength: 262144,
    prices: price(0.16, 0.95, 4),
    pricesCny: price(1.1, 6.5, 27),
  },
  {
    ...LATER,
    id: 'kimi-k2.7-code',
    created: day('2026-06-01'),
    thinking: 'always',
    contextLength: 262144,
    prices: price(0.19, 0.95, 4),
    pricesCny: price(1.3, 6.5, 27),
  },
  {
    ...LATER,
    id: 'kimi-k2.7-code-highspeed',
    created: day('2026-06-01'),
    thinking: 'always',
    contextLength: 262144,
    prices: price(0.38, 1.9, 8),
    pricesCny: price(2.6, 13, 54),
  },
  {
    ...LATER,
    id: 'kimi-k3',
    created: day('2026-07-01'),
    contextLength: 1048576,
    defaultMaxTokens: 131072,
    sampling: sameSampling(freeSampling(1)),
    prices: price(0.3, 3, 15),
    pricesCny: price(2, 20, 100),
  },
  {
    ...K2,
    id: 'kimi-k2-0905-preview',
    created: day('2025-09-05'),
    contextLength: 262144,
    prices: price(0.15, 0.6, 2.5),
  },
  {
    ...K2,
    id: 'kimi-k2-0711-preview',
    created: day('2025-07-11'),
    contextLength: 131072,
    prices: price(0.15, 0.6, 2.5),
  },
  {
    ...K2,
    id: 'kimi-k2-turbo-preview',
    created: day('2025-08-01'),
    contextLength: 262144,
    prices: price(0.15, 1.15, 8),
  },
  {
    ...K2_THINKING,
    id: 'kimi-k2-thinking',
    created: day('2025-11-06'),
    contextLength: 262144,
    prices: price(0.15, 0.6, 2.5),
  },
  {
    ...K2_THINKING,
    id: 'kimi-k2-thinking-turbo',
    created: day('2025-11-06'),
    contextLength: 262144,
    prices: price(0.15, 1.15, 8),
  },
  { ...V1_8K, id: 'moonshot-v1-8k' },
  { ...V1_32K, id: 'moonshot-v1-32k' },
  { ...V1_128K, id: 'moonshot-v1-128k' },
  { ...V1_8K, id: 'moonshot-v1-8k-vision-preview', images: true },
  { ...V1_32K, id: 'moonshot-v1-32k-vision-preview', images: true },
  { ...V1_128K, id: 'moonshot-v1-128k-vision-preview', images: true },
  // Picks the smallest of the three that holds the request; the window and price here are those of the largest.
  { ...V1_128K, id: 'moonshot-v1-auto' },
]

const BY_ID: ReadonlyMap<string, Model> = new Map(MODELS.map((model) => [model.id, model]))

export function findModel(id: string): Model | undefined {
  return BY_ID.get(id)
}

/** One entry of `GET /v1/models`. */
export interface ModelObject {
  readonly id: string
  readonly object: 'model'
  readonly created: number
  readonly owned_by: 'moonshot'
  readonly context_length: number
  readonly supports_image_in: boolean
  readonly supports_video_in: boolean
  readonly supports_reasoning: boolean
}

export function modelObject(model: Model): ModelObject {
  return {
    id: model.id,
    object: 'model',
    created: model.created,
    owned_by: 'moonshot',
    context_length: model.contextLength,
    supports_image_in: model.images,
    supports_video_in: model.video,
    supports_reasoning: model.thinking !== 'never',
  }
}
