/**
 * What an upstream answers, read into events: chunk by chunk for a stream, in one go for a whole reply. All the state of
 * one reply and no I/O.
 *
 * The finish of the last choice is held until the answer is proven complete (`[DONE]`, or the end of a whole reply). So
 * an iteration that fails has never said that everything is finished, and whoever takes over can still go on.
 */

import type { EngineError, FinishReason, GenerationEvent } from '../../generation/index.ts'
import type { LearnedTemplate, TextPlace } from './chunk-template.ts'
import { readFinishWord } from './finish-word.ts'
import { type JsonObject, fieldOf, isAbsent, isList, isObject, parsePythonJson } from './json-object.ts'
import { type ToolCallContext, type ToolCallLimits, ToolCallReader } from './tool-call-reader.ts'
import type { UpstreamFailures } from './upstream-failures.ts'
import { UsageReader } from './usage-reader.ts'

export interface ChunkReaderOptions {
  readonly engine: string
  /** The model we asked for; the upstream's own word for who answers wins. */
  readonly model: string
  readonly choices: number
  readonly limits: ToolCallLimits
  readonly failures: UpstreamFailures
  /** The fast way to read chunks that are alike; without it each is parsed. */
  readonly quickChunks?: (() => LearnedTemplate) | undefined
}

interface Choice {
  finished: boolean
  tools: ToolCallReader | undefined
}

function newChoice(): Choice {
  return { finished: false, tools: undefined }
}

export class ChunkReader {
  readonly #engine: string
  readonly #failures: UpstreamFailures
  readonly #usage = new UsageReader()
  readonly #choices: Choice[]
  readonly #limits: ToolCallLimits
  /** What the readers of tool calls share; there once somebody calls. */
  #toolCalls: ToolCallContext | undefined
  #unfinished: number
  /** The finish that waits for the proof of completeness. */
  #lastFinish: GenerationEvent | undefined
  #started = false
  #model: string
  #complete = false
  /** Only a stream has chunks to learn from. */
  #template: LearnedTemplate | undefined
  readonly #quickChunks: (() => LearnedTemplate) | undefined

  constructor(options: ChunkReaderOptions) {
    const { engine, failures, limits, choices, model, quickChunks } = options
    this.#quickChunks = quickChunks
    this.#engine = engine
    this.#failures = failures
    this.#model = model
    this.#unfinished = choices
    this.#choices = [newChoice()]
    while (this.#choices.length < choices) this.#choices.push(newChoice())
    this.#limits = limits
  }

  /** The answer is proven complete and everything of it has been given out. */
  get complete(): boolean {
    return this.#complete
  }

  /** Adds the events of one server-sent event to `out`. Throws an `EngineError`; what stands in `out` is good then. */
  push(event: string | undefined, data: string, out: GenerationEvent[]): void {
    if (this.#complete || data === '') return
    const template = (this.#template ??= this.#quickChunks?.())
    const text = event === 'error' ? undefined : template?.read(data)
    if (text !== undefined) {
      this.#addText(text, template?.place, out)
      return
    }
    if (data === '[DONE]') {
      this.#end('said [DONE] before a finish for every choice', out)
      return
    }
    const chunk = this.#parse(data, event === 'error')
    if (event === 'error') throw this.#failures.inBand(chunk, this.#started)
    this.#readChunk(chunk, 'delta', out)
    template?.learn(data, chunk)
  }

  /** Adds the events of a whole reply to `out`: the same as those of its stream, each text in one piece. */
  whole(json: string, out: GenerationEvent[]): void {
    this.#readChunk(this.#parse(json, false), 'message', out)
    this.#end('gave a reply without a finish for every choice', out)
  }

  /** The bytes have ended. Throws unless the answer was complete. */
  end(): void {
    if (this.#complete) return
    throw this.#failures.fault('cut', this.#started ? 'ended in the middle' : 'ended before it said anything')
  }

  #parse(json: string, wordsAreFine: boolean): JsonObject {
    let value: unknown
    try {
      value = parsePythonJson(json)
    } catch {
      // The parser's own words quote the answer, and our log must not.
      if (!wordsAreFine) throw this.#fault('sent what is not JSON')
    }
    if (isObject(value)) return value
    if (wordsAreFine) return { error: json }
    throw this.#fault('sent JSON that is no object')
  }

  #readChunk(chunk: JsonObject, content: 'delta' | 'message', out: GenerationEvent[]): void {
    const { choices, model, usage, timings, error, errors, object, message } = chunk
    // Cloudflare keeps a list of them, mostly empty.
    const isError = (!isAbsent(error) && error !== '') || (isList(errors) && errors.length > 0)
    // vLLM's older form, and a bare message in the place of choices.
    const isBareError = object === 'error' || (isAbsent(choices) && typeof message === 'string')
    if (isError || isBareError) throw this.#failures.inBand(chunk, this.#started)
    if (!this.#started && model !== this.#model && this.#isModelName(model)) this.#model = model
    if (!isAbsent(usage)) this.#usage.seeChunk(usage)
    if (!isAbsent(timings)) this.#usage.seeTimings(timings)
    if (isAbsent(choices)) return
    if (!isList(choices)) throw this.#fault('sent choices that are no list')
    for (const choice of choices) this.#readChoice(choice, content, out)
  }

  #readChoice(choice: unknown, content: 'delta' | 'message', out: GenerationEvent[]): void {
    if (!isObject(choice)) throw this.#fault('sent a choice that is no object')
    const index = choice['index'] ?? 0
    if (typeof index !== 'number') throw this.#fault('sent a choice whose index is no number')
    if (this.#choices[index] === undefined) throw this.#fault('sent a choice that was not asked for')
    const delta = choice[content]
    if (isObject(delta)) this.#readDelta(delta, index, content, out)
    // A raw completion has its text on the choice.
    else if (isAbsent(delta)) this.#text('text', choice['text'], index, out)
    const usage = choice['usage']
    if (!isAbsent(usage)) this.#usage.seeChoice(index, usage)
    const word = choice['finish_reason']
    // Some hosts say "not yet" with an empty string.
    if (!isAbsent(word) && word !== '') this.#finish(word, index, out)
  }

  #readDelta(delta: JsonObject, index: number, content: 'delta' | 'message', out: GenerationEvent[]): void {
    const { content: text, reasoning_content: reasoning, refusal, function_call: called } = delta
    // OpenAI's older form, of one call.
    const calls =
      isAbsent(delta['tool_calls']) && isObject(called) ? [{ index: 0, function: called }] : delta['tool_calls']
    // Two names for one thing. Hosts between two versions send both, with the same text: only one is read.
    this.#text('reasoning', isAbsent(reasoning) || reasoning === '' ? delta['reasoning'] : reasoning, index, out)
    // OpenAI's field for an answer that says no. Our wire has none: it is what the model said.
    this.#text('text', isAbsent(text) || text === '' ? refusal : text, index, out)
    if (isAbsent(calls)) return
    if (!isList(calls)) throw this.#fault('sent tool calls that are no list')
    if (calls.length === 0) return
    const tools = this.#tools(index)
    for (const [at, call] of calls.entries()) tools.push(call, out, content === 'message' ? at : undefined)
  }

  #tools(index: number): ToolCallReader {
    const choice = this.#open(index)
    choice.tools ??= new ToolCallReader(index, (this.#toolCalls ??= this.#newToolCalls()))
    return choice.tools
  }

  #newToolCalls(): ToolCallContext {
    return {
      limits: this.#limits,
      argumentCharacters: 0,
      begin: (out) => this.#begin(out),
      fault: (message) => this.#fault(message),
      limit: (what, size, unit) => this.#failures.limit(what, size, unit),
    }
  }

  /** Adds the text of a chunk that has the learned surroundings. */
  #addText(text: string, place: TextPlace | undefined, out: GenerationEvent[]): void {
    if (place === undefined) return
    if (place.type !== 'arguments') {
      this.#text(place.type, text, place.choice, out)
      return
    }
    const { piece } = place
    const called = piece['function']
    this.#tools(place.choice).push(
      { ...piece, function: { ...(isObject(called) ? called : {}), arguments: text } },
      out,
    )
  }

  #text(type: 'reasoning' | 'text', text: unknown, index: number, out: GenerationEvent[]): void {
    if (isAbsent(text) || text === '') return
    if (isList(text)) {
      for (const part of text) this.#part(type, part, index, out)
      return
    }
    if (typeof text !== 'string') throw this.#fault(`sent ${type} that is no text`)
    this.#open(index)
    if (!this.#started) this.#begin(out)
    out.push({ type, choice: index, text })
  }

  /** Some hosts give a text as parts, and a thought as one of them (Mistral, Anthropic). */
  #part(type: 'reasoning' | 'text', part: unknown, index: number, out: GenerationEvent[]): void {
    const kind = fieldOf(part, 'type')
    const { text, thinking, refusal }: JsonObject = isObject(part) ? part : { text: part }
    const isThought = kind === 'thinking' || kind === 'reasoning'
    const said = text ?? thinking ?? refusal
    if (isAbsent(said)) throw this.#fault('sent a part that is no text')
    this.#text(isThought ? 'reasoning' : type, said, index, out)
  }

  /** The choice that output belongs to. */
  #open(index: number): Choice {
    const choice = this.#choices[index]
    if (choice === undefined) throw this.#fault('sent a choice that was not asked for')
    if (choice.finished) throw this.#fault('went on after a finish')
    return choice
  }

  #finish(word: unknown, index: number, out: GenerationEvent[]): void {
    // Some hosts repeat the finish on the chunk that carries the usage.
    if (this.#choices[index]?.finished === true) return
    const choice = this.#open(index)
    const meaning = typeof word === 'string' ? readFinishWord(word) : undefined
    if (meaning === 'cut') throw this.#failures.fault('cut', `broke off with the finish reason ${String(word)}`)
    if (meaning === undefined) throw this.#fault(`finished for an unknown reason: ${String(word).slice(0, 64)}`)
    choice.tools?.end()
    choice.finished = true
    this.#unfinished -= 1
    const finish: GenerationEvent = { type: 'finish', choice: index, reason: settled(meaning, choice) }
    if (this.#unfinished === 0) {
      this.#lastFinish = finish
      return
    }
    this.#begin(out)
    out.push(finish)
  }

  #end(otherwise: string, out: GenerationEvent[]): void {
    if (this.#lastFinish === undefined) throw this.#failures.fault('cut', otherwise)
    this.#begin(out)
    out.push(this.#lastFinish)
    const usage = this.#usage.usage()
    if (usage !== undefined) out.push({ type: 'usage', usage })
    this.#complete = true
  }

  #begin(out: GenerationEvent[]): void {
    if (this.#started) return
    this.#started = true
    out.push({ type: 'start', engine: this.#engine, model: this.#model })
  }

  /** What may stand in our log and in a header: a name, and no text. Where an upstream says something else, the name is ours. */
  #isModelName(model: unknown): model is string {
    return typeof model === 'string' && MODEL_NAME.test(model) && this.#failures.isClean(model)
  }

  #fault(message: string): EngineError {
    return this.#failures.fault('protocol', message)
  }
}

const MODEL_NAME = /^[\w.:/@+-]{1,128}$/

/** Reasons that contradict what was said: a call is what tells a client to run a tool, and only a call. */
function settled(reason: FinishReason, choice: Choice): FinishReason {
  const called = (choice.tools?.named ?? 0) > 0
  if (reason === 'stop' && called) return 'tool_calls'
  return reason === 'tool_calls' && !called ? 'stop' : reason
}
