/** From events to the items of an answer: one fold, for whole answers and for streams, which are told of each step of it. */

import type { GenerationEvent } from '../../generation/index.ts'
import type { ReasoningSeal } from './decode-items.ts'
import type { AskedResponse } from './decode-request.ts'
import { CUSTOM_INPUT } from './decode-tools.ts'
import { callId, itemId } from './item-ids.ts'
import {
  type CustomCallItem,
  type FunctionCallItem,
  type MessageItem,
  type OutputItem,
  type ReasoningItem,
  outputText,
} from './item.ts'
import { isFields } from './shape.ts'
import type { ToolName } from './tool-names.ts'

/**
 * What is told while items come to be. Texts are pieces; what `done` tells is whole. Of a call that was cut it is not told: clients
 * act on a call as soon as it is done.
 */
export interface OutputListener {
  added(index: number, item: OutputItem): void
  thought(index: number, item: ReasoningItem, piece: string): void
  said(index: number, item: MessageItem, piece: string): void
  called(index: number, item: FunctionCallItem, piece: string): void
  done(index: number, item: OutputItem): void
}

interface OpenItem {
  readonly index: number
  /** As it was added, without what has come since. */
  readonly item: OutputItem
  text: string
}

interface OpenCall extends OpenItem {
  readonly item: FunctionCallItem | CustomCallItem
}

type AskedOutput = Pick<AskedResponse, 'identity' | 'names' | 'summary' | 'sealed' | 'thinks' | 'oneCall'>

export class Output {
  /** Those that are done; behind the end all of them. */
  readonly items: OutputItem[] = []
  readonly #asked: AskedOutput
  readonly #seal: Pick<ReasoningSeal, 'seal'>
  #listener: OutputListener | undefined
  #count = 0
  /** The thought or the text that is being written. */
  #open: OpenItem | undefined
  readonly #calls = new Map<number, OpenCall>()
  #hasThought = false

  constructor(asked: AskedOutput, seal: Pick<ReasoningSeal, 'seal'>, listener?: OutputListener) {
    this.#asked = asked
    this.#seal = seal
    this.#listener = listener
  }

  push(event: GenerationEvent): void {
    // This wire has one answer, and one is asked for.
    if ('choice' in event && event.choice !== 0) return
    switch (event.type) {
      case 'reasoning':
        this.#think(event.text)
        return
      case 'text':
        this.#say(event.text)
        return
      case 'tool-call':
        this.#call(event)
        return
      case 'finish':
        this.#close(event.reason === 'length' || event.reason === 'content_filter')
        return
      case 'start':
      case 'server-tool':
      case 'usage':
        return
    }
  }

  /** It failed: what was not done is kept as far as it came, and is told of nowhere. */
  abandon(): void {
    this.#listener = undefined
    this.#close(true)
  }

  /** Nothing follows. What is last may be `cut`; a model writes its calls one behind the other. */
  #close(cut: boolean): void {
    const calls = [...this.#calls.values()]
    this.#calls.clear()
    this.#closeOpen(cut)
    const last = calls.at(-1)
    for (const call of calls) {
      if (cut && call === last) this.items[call.index] = this.#callOf(call, true)
      else this.#done(call.index, this.#callOf(call, false))
    }
  }

  #think(piece: string): void {
    let open = this.#open
    if (open?.item.type !== 'reasoning') {
      this.#closeOpen(false)
      open = this.#begin(this.#reasoning(undefined))
    }
    this.#hasThought = true
    open.text += piece
    if (open.item.type === 'reasoning') this.#listener?.thought(open.index, open.item, piece)
  }

  #say(piece: string): void {
    let open = this.#open
    if (open?.item.type !== 'message') {
      this.#closeOpen(false)
      open = this.#begin({
        id: this.#id('msg'),
        type: 'message',
        status: 'in_progress',
        role: 'assistant',
        content: [],
      })
    }
    open.text += piece
    if (open.item.type === 'message') this.#listener?.said(open.index, open.item, piece)
  }

  #call({ call: place, name, arguments: piece }: GenerationEvent & { type: 'tool-call' }): void {
    if (this.#asked.oneCall && place > 0) return
    let open = this.#calls.get(place)
    if (open === undefined) {
      this.#closeOpen(false)
      this.#thinkNothing()
      open = this.#beginCall(place, name ?? '')
      this.#calls.set(place, open)
    }
    open.text += piece
    if (open.item.type === 'function_call' && piece !== '') this.#listener?.called(open.index, open.item, piece)
  }

  /** A model that thinks and had no thought here: said, so that it comes back with the call and is not taken for one that was lost. */
  #thinkNothing(): void {
    if (this.#hasThought || !this.#asked.thinks) return
    this.#hasThought = true
    const { index } = this.#begin(this.#reasoning(undefined))
    this.#open = undefined
    this.#done(index, this.#reasoning('', index))
  }

  #begin(item: OutputItem): OpenItem {
    const open = { index: this.#count, item, text: '' }
    this.#count += 1
    this.#open = open
    this.#listener?.added(open.index, item)
    return open
  }

  #beginCall(place: number, name: string): OpenCall {
    const tool = this.#asked.names.get(name) ?? { name, custom: false }
    const item = this.#callItem(tool, place)
    const open = { index: this.#count, item, text: '' }
    this.#count += 1
    this.#listener?.added(open.index, item)
    return open
  }

  #callItem(tool: ToolName, place: number): FunctionCallItem | CustomCallItem {
    const { name, namespace, custom } = tool
    const call_id = callId(this.#asked.identity.id, place)
    const named = { name, ...(namespace === undefined ? {} : { namespace }) }
    return custom
      ? { id: this.#id('ctc'), type: 'custom_tool_call', status: 'in_progress', call_id, input: '', ...named }
      : { id: this.#id('fc'), type: 'function_call', status: 'in_progress', arguments: '', call_id, ...named }
  }

  #callOf({ item, text }: OpenCall, cut: boolean): OutputItem {
    const status = cut ? 'incomplete' : 'completed'
    return item.type === 'function_call'
      ? { ...item, status, arguments: text }
      : { ...item, status, input: inputOf(text) }
  }

  #closeOpen(cut: boolean): void {
    const open = this.#open
    if (open === undefined) return
    this.#open = undefined
    const { index, item, text } = open
    if (item.type === 'reasoning') this.#done(index, this.#reasoning(text, index))
    else if (item.type === 'message') {
      this.#done(index, { ...item, status: cut ? 'incomplete' : 'completed', content: [outputText(text)] })
    }
  }

  #done(index: number, item: OutputItem): void {
    this.items[index] = item
    this.#listener?.done(index, item)
  }

  /** @param thought `undefined` while it comes */
  #reasoning(thought: string | undefined, index = this.#count): ReasoningItem {
    const { summary, sealed } = this.#asked
    const said = thought ?? ''
    const told = summary
      ? { summary: said === '' ? [] : [{ type: 'summary_text', text: said } as const] }
      : { summary: [], content: said === '' ? [] : [{ type: 'reasoning_text', text: said } as const] }
    return {
      id: this.#id('rs', index),
      type: 'reasoning',
      ...told,
      ...(sealed && thought !== undefined ? { encrypted_content: this.#seal.seal(thought) } : {}),
    }
  }

  #id(prefix: string, index = this.#count): string {
    return itemId(prefix, this.#asked.identity.id, 'o', index)
  }
}

/** Of a custom tool: what stands in the one argument that the model was told of, or all it wrote, where it kept to none. */
function inputOf(args: string): string {
  try {
    const parsed: unknown = JSON.parse(args)
    const input = isFields(parsed) ? parsed[CUSTOM_INPUT] : undefined
    return typeof input === 'string' ? input : args
  } catch {
    // It may have been cut, or be no JSON at all.
    return args
  }
}
