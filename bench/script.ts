/** What is asked and what must come back: the one page that the upstream speaks from and the generator checks against. */

/** The marker stands in the last message, which every gateway passes on unchanged. */
export type Scene =
  /** `stream: false`: one JSON reply of 2 KB. */
  | 'whole'
  /** A stream whose chunks all come at once. */
  | 'burst'
  /** A stream with a chunk every 5 ms. */
  | 'paced'
  /** A stream that says one chunk and then nothing, for as long as somebody listens. */
  | 'idle'
  /** A stream that breaks after half of its chunks. */
  | 'cut'
  /** As a burst, 20 ms after it was asked for: an engine that has to read the prompt first. */
  | 'later'

export const SCENES: readonly Scene[] = ['whole', 'burst', 'paced', 'idle', 'cut', 'later']
/** Before the word of a scene, in the last message. */
export const MARKER = 'bench:'
export const LATER_MS = 20

export const CHUNKS = 100
export const PACE_MS = 5
/** After this many chunks the scene `cut` breaks its connection. */
export const CUT_AFTER = CHUNKS / 2
export const MODEL = 'kimi-k2.5'

const WORDS = 'The gateway hands on what the model says and keeps count of it. '

/** The content of the whole reply: 1.6 KB that JSON does not escape, so it can be found in the reply's bytes. */
export const WHOLE_CONTENT = `${WORDS.repeat(25)}End of the answer.`

/** `~042:0000123456789012~` and a few words: which chunk this is, and when it was sent, in the text that everybody passes on. */
export const MARK = '~'
export const MARK_LENGTH = 22
const STAMP_DIGITS = 16
const PIECE_WORDS = ' of the words it said in its answer.'

function piece(index: number, stampUs: number): string {
  const stamp = String(Math.round(stampUs)).padStart(STAMP_DIGITS, '0')
  return `${MARK}${String(index).padStart(3, '0')}:${stamp}${MARK}${PIECE_WORDS}`
}

/** The joined text of a right stream, its stamps set to zero. */
export const STREAM_CONTENT = Array.from({ length: CHUNKS }, (_, index) => piece(index, 0)).join('')

/** A joined text with its stamps set to zero. */
export function withoutStamps(text: string): string {
  return text.replaceAll(/:\d{16}~/g, `:${'0'.repeat(STAMP_DIGITS)}~`)
}

export function markerOf(scene: Scene): string {
  return `${MARKER}${scene}`
}

export interface Message {
  readonly role: string
  readonly content: string
}

/** What a client asks, the system prompt first: 1 KB. */
export function messagesOf(scene: Scene): readonly Message[] {
  return [
    { role: 'system', content: `You are a careful assistant. ${WORDS.repeat(6)}` },
    { role: 'user', content: 'What does a gateway do?' },
    { role: 'assistant', content: WORDS.repeat(2) },
    { role: 'user', content: `And what else? ${markerOf(scene)} ${WORDS.repeat(2)}` },
  ]
}

/** The body that a client sends. */
export function requestBody(scene: Scene): string {
  return JSON.stringify(smallRequest(scene))
}

export function smallRequest(scene: Scene) {
  return chatRequest(scene, messagesOf(scene))
}

export function chatRequest(scene: Scene, messages: readonly object[], more: object = {}) {
  const streaming = scene !== 'whole'
  return {
    model: MODEL,
    messages,
    ...more,
    max_completion_tokens: MOST_TOKENS,
    stream: streaming,
    ...(streaming ? { stream_options: { include_usage: true } } : {}),
  }
}

/** As much as the model answers by default: the answers here are never cut by it. */
export const MOST_TOKENS = 32_768

/** Tokens of a prompt, as its host reports them: one that is far from what was sent is believed by nobody who counts. */
export function promptTokensOf(bodyBytes: number): number {
  return bodyBytes < SMALL_BYTES ? SMALL_TOKENS : Math.round(bodyBytes / BYTES_A_TOKEN / ROUND_TO) * ROUND_TO
}

const SMALL_BYTES = 4_096
const SMALL_TOKENS = 180
const BYTES_A_TOKEN = 4
const ROUND_TO = 1_000

function usageOf(promptTokens: number) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: 320,
    total_tokens: promptTokens + 320,
    cached_tokens: 64,
    prompt_tokens_details: { cached_tokens: 64 },
  }
}

const CREATED = 1_767_225_600

export function wholeReplyTo(promptTokens: number): string {
  return JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion',
    created: CREATED,
    model: MODEL,
    choices: [{ index: 0, message: { role: 'assistant', content: WHOLE_CONTENT }, finish_reason: 'stop' }],
    usage: usageOf(promptTokens),
  })
}

export const MODEL_LIST = JSON.stringify({
  object: 'list',
  data: [{ id: MODEL, object: 'model', created: CREATED, owned_by: 'bench', max_model_len: 262_144 }],
})

export const FIRST_EVENT = chunkEvent({ role: 'assistant', content: '' }, null)
export const FINISH_EVENT = chunkEvent({}, 'stop')
export const DONE_EVENT = 'data: [DONE]\n\n'

export function usageEvent(promptTokens: number): string {
  return event({ ...chunkHead(), choices: [], usage: usageOf(promptTokens) })
}

export function pieceEvent(index: number, stampUs: number): string {
  return chunkEvent({ content: piece(index, stampUs) }, null)
}

function chunkEvent(delta: Readonly<Record<string, string>>, finish: string | null): string {
  return event({ ...chunkHead(), choices: [{ index: 0, delta, finish_reason: finish }] })
}

function chunkHead() {
  return { id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: CREATED, model: MODEL }
}

function event(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`
}
