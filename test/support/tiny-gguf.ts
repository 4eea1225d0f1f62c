/** Writes a tiny language model as a GGUF file, so that tests of the llama.cpp engine need no download. */

import { writeFileSync } from 'node:fs'
import { SPECIAL_TOKENS } from '@moonbase/format'
import { seededRandom } from './every-split.ts'
import { GgufWriter, type TensorValues } from './gguf-writer.ts'
import { type TinyVocabulary, type TinyVocabularyOptions, tinyVocabulary } from './tiny-vocabulary.ts'

export interface TinyGgufOptions extends TinyVocabularyOptions {
  /**
   * `kimi` is the K2 family's architecture (deepseek2: latent attention, one dense layer, one of experts) with all of
   * its special tokens; `llama` is a model of another family, with a chat template of its own.
   */
  readonly family?: 'kimi' | 'llama'
  readonly seed?: number
  /** Tokens. */
  readonly contextLength?: number
  /** Special tokens that the file shall lack. */
  readonly without?: readonly string[]
}

/**
 * Writes a model of about 700 KB with seeded random weights and returns what its vocabulary is.
 *
 * Pure noise would ramble for thousands of tokens before it closed a string. So each token also has a prior: one
 * dimension of the hidden state is the same for every token, and a token's output weight there is its frequency in the
 * text that the vocabulary was trained on. What comes out is word salad of a sane length that still depends on the context.
 */
export function writeTinyGguf(path: string, options: TinyGgufOptions = {}): TinyVocabulary {
  const { family = 'kimi', seed = 42, contextLength = 4096, without = [] } = options
  const names = family === 'kimi' ? KIMI_NAMES : LLAMA_NAMES
  const vocabulary = tinyVocabulary(
    names.filter((name) => !without.includes(name)),
    options,
  )
  const gguf = new GgufWriter()
  const architecture = family === 'kimi' ? 'deepseek2' : 'llama'
  gguf.text('general.architecture', architecture)
  gguf.text('general.name', `tiny random ${family}`)
  gguf.count('general.file_type', 0)
  describeModel(gguf, architecture, vocabulary.tokens.length, contextLength)
  describeVocabulary(gguf, vocabulary, family)
  const weights = new Weights(gguf, seed)
  weights.embeddings(vocabulary)
  for (let layer = 0; layer < LAYERS; layer += 1) {
    if (family === 'kimi') latentAttention(weights, layer)
    else plainAttention(weights, layer)
    if (family === 'kimi' && layer > 0) experts(weights, layer)
    else feedForward(weights, layer)
  }
  writeFileSync(path, gguf.bytes())
  return vocabulary
}

const WIDTH = 64
const LAYERS = 2
const HEADS = 4
const INNER = 128
const QUERY_RANK = 32
const KEY_RANK = 32
const ROPE = 8
const NOPE = 16
const VALUE = 16
const EXPERTS = 4
const EXPERT_INNER = 32

/** The constant dimension, before and (about) after the last norm. */
const CONSTANT = 4
const NORMED_CONSTANT = 5

const KIMI_NAMES: readonly string[] = [
  ...Object.entries(SPECIAL_TOKENS)
    .toSorted(([, one], [, other]) => one - other)
    .map(([name]) => name),
  '[PAD1]',
  '[PAD2]',
]
const LLAMA_NAMES = ['<s>', '</s>', '<|start|>', '<|end|>']

const CONTROL = 3
const USER_DEFINED = 4
const UNUSED = 5
const NORMAL = 1

const KIMI_TEMPLATE = `{%- for message in messages -%}
<|im_user|>{{ message.role }}<|im_middle|>{{ message.content }}<|im_end|>
{%- endfor -%}
{%- if false -%}<|tool_calls_section_begin|><|tool_call_begin|><|im_system|>{%- endif -%}
<|im_assistant|>assistant<|im_middle|><think>`

const LLAMA_TEMPLATE = `{%- for message in messages -%}
<|start|>{{ message.role }}
{{ message.content }}<|end|>
{% endfor -%}
{%- if add_generation_prompt -%}<|start|>assistant
{% endif -%}`

function describeModel(gguf: GgufWriter, architecture: string, size: number, contextLength: number): void {
  const count = (key: string, value: number): void => gguf.count(`${architecture}.${key}`, value)
  count('context_length', contextLength)
  count('embedding_length', WIDTH)
  count('block_count', LAYERS)
  count('feed_forward_length', INNER)
  count('attention.head_count', HEADS)
  count('vocab_size', size)
  gguf.real(`${architecture}.attention.layer_norm_rms_epsilon`, 1e-5)
  gguf.real(`${architecture}.rope.freq_base`, 10_000)
  if (architecture === 'llama') {
    count('attention.head_count_kv', HEADS)
    count('rope.dimension_count', WIDTH / HEADS)
    return
  }
  count('attention.head_count_kv', 1)
  count('attention.q_lora_rank', QUERY_RANK)
  count('attention.kv_lora_rank', KEY_RANK)
  count('attention.key_length', KEY_RANK + ROPE)
  count('attention.value_length', KEY_RANK)
  count('attention.key_length_mla', NOPE + ROPE)
  count('attention.value_length_mla', VALUE)
  count('rope.dimension_count', ROPE)
  count('leading_dense_block_count', 1)
  count('expert_count', EXPERTS)
  count('expert_used_count', 2)
  count('expert_shared_count', 1)
  count('expert_feed_forward_length', EXPERT_INNER)
  count('expert_gating_func', 2)
  gguf.real(`${architecture}.expert_weights_scale`, 1)
  gguf.flag(`${architecture}.expert_weights_norm`, true)
}

function describeVocabulary(gguf: GgufWriter, vocabulary: TinyVocabulary, family: 'kimi' | 'llama'): void {
  gguf.text('tokenizer.ggml.model', 'gpt2')
  gguf.text('tokenizer.ggml.pre', family === 'kimi' ? 'kimi-k2' : 'gpt-2')
  gguf.texts('tokenizer.ggml.tokens', vocabulary.tokens)
  gguf.counts(
    'tokenizer.ggml.token_type',
    vocabulary.tokens.map((token, id) => (id < vocabulary.ranks ? NORMAL : typeOfSpecial(token))),
  )
  gguf.texts('tokenizer.ggml.merges', vocabulary.merges)
  const end = vocabulary.tokens.indexOf(family === 'kimi' ? '<|im_end|>' : '<|end|>')
  const begin = vocabulary.tokens.indexOf(family === 'kimi' ? '[BOS]' : '<s>')
  if (begin !== -1) gguf.count('tokenizer.ggml.bos_token_id', begin)
  if (end !== -1) gguf.count('tokenizer.ggml.eos_token_id', end)
  gguf.flag('tokenizer.ggml.add_bos_token', false)
  gguf.text('tokenizer.chat_template', family === 'kimi' ? KIMI_TEMPLATE : LLAMA_TEMPLATE)
}

/** As in the files that are published: markers of tools and thoughts are text to whoever prints, the rest is not. */
function typeOfSpecial(token: string): number {
  if (/^\[PAD\d/.test(token)) return UNUSED
  return /tool_call|think>/.test(token) ? USER_DEFINED : CONTROL
}

function latentAttention(weights: Weights, layer: number): void {
  const name = (part: string): string => `blk.${layer}.${part}`
  weights.norm(name('attn_norm.weight'), WIDTH)
  weights.noise(name('attn_q_a.weight'), [WIDTH, QUERY_RANK])
  weights.norm(name('attn_q_a_norm.weight'), QUERY_RANK)
  weights.noise(name('attn_q_b.weight'), [QUERY_RANK, HEADS * (NOPE + ROPE)])
  weights.noise(name('attn_kv_a_mqa.weight'), [WIDTH, KEY_RANK + ROPE])
  weights.norm(name('attn_kv_a_norm.weight'), KEY_RANK)
  weights.noise(name('attn_k_b.weight'), [NOPE, KEY_RANK, HEADS])
  weights.noise(name('attn_v_b.weight'), [KEY_RANK, VALUE, HEADS])
  weights.noise(name('attn_output.weight'), [HEADS * VALUE, WIDTH])
}

function plainAttention(weights: Weights, layer: number): void {
  weights.norm(`blk.${layer}.attn_norm.weight`, WIDTH)
  for (const part of ['q', 'k', 'v', 'output']) weights.noise(`blk.${layer}.attn_${part}.weight`, [WIDTH, WIDTH])
}

function feedForward(weights: Weights, layer: number): void {
  weights.norm(`blk.${layer}.ffn_norm.weight`, WIDTH)
  weights.noise(`blk.${layer}.ffn_gate.weight`, [WIDTH, INNER])
  weights.noise(`blk.${layer}.ffn_up.weight`, [WIDTH, INNER])
  weights.noise(`blk.${layer}.ffn_down.weight`, [INNER, WIDTH])
}

function experts(weights: Weights, layer: number): void {
  const name = (part: string): string => `blk.${layer}.${part}`
  weights.norm(name('ffn_norm.weight'), WIDTH)
  weights.noise(name('ffn_gate_inp.weight'), [WIDTH, EXPERTS])
  weights.noise(name('exp_probs_b.bias'), [EXPERTS])
  weights.noise(name('ffn_gate_exps.weight'), [WIDTH, EXPERT_INNER, EXPERTS])
  weights.noise(name('ffn_down_exps.weight'), [EXPERT_INNER, WIDTH, EXPERTS])
  weights.noise(name('ffn_up_exps.weight'), [WIDTH, EXPERT_INNER, EXPERTS])
  weights.noise(name('ffn_gate_shexp.weight'), [WIDTH, EXPERT_INNER])
  weights.noise(name('ffn_down_shexp.weight'), [EXPERT_INNER, WIDTH])
  weights.noise(name('ffn_up_shexp.weight'), [WIDTH, EXPERT_INNER])
}

class Weights {
  readonly #gguf: GgufWriter
  readonly #random: () => number

  constructor(gguf: GgufWriter, seed: number) {
    this.#gguf = gguf
    this.#random = seededRandom(seed)
  }

  embeddings({ tokens, priors }: TinyVocabulary): void {
    const size = tokens.length
    this.#add('token_embd.weight', [WIDTH, size], (index) => (index % WIDTH === 0 ? CONSTANT : this.#normal() * 0.5))
    this.norm('output_norm.weight', WIDTH)
    this.#add('output.weight', [WIDTH, size], (index) =>
      index % WIDTH === 0 ? Math.log(priors[index / WIDTH] ?? 1) / NORMED_CONSTANT : this.#normal() * 0.1,
    )
  }

  norm(name: string, width: number): void {
    this.#add(name, [width], () => 1)
  }

  noise(name: string, dimensions: readonly number[]): void {
    const [inputs = 1, outputs = 1] = dimensions
    // What writes to the hidden state leaves the constant dimension alone.
    const writes = /attn_output|ffn_down/.test(name)
    this.#add(name, dimensions, (index) => {
      const value = this.#normal() * 0.12
      return writes && Math.floor(index / inputs) % outputs === 0 ? 0 : value
    })
  }

  #add(name: string, dimensions: readonly number[], valueAt: (index: number) => number): void {
    const values: TensorValues = new Float32Array(dimensions.reduce((product, dimension) => product * dimension, 1))
    for (let index = 0; index < values.length; index += 1) values[index] = valueAt(index)
    this.#gguf.tensor(name, dimensions, values)
  }

  #normal(): number {
    return Math.sqrt(-2 * Math.log(this.#random() + 1e-12)) * Math.cos(2 * Math.PI * this.#random())
  }
}
