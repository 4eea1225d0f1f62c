/** From events to the typed, numbered events of a stream: one synchronous object per stream, no I/O. */

import type { ApiError } from '@moonbase/protocol'
import { encodeSseComment } from '@moonbase/protocol'
import type { GenerationEvent } from '../../generation/index.ts'
import type { StreamEncoder } from '../dialect.ts'
import type { ReasoningSeal } from './decode-items.ts'
import type { AskedResponse } from './decode-request.ts'
import { type FunctionCallItem, type MessageItem, type OutputItem, type ReasoningItem, outputText } from './item.ts'
import type { OutputListener } from './output.ts'
import { ResponseObject } from './response-object.ts'

/**
 * `sequence_number` counts events from 0, one for each block that is written: it is one less than the number by which streams
 * are read again. Only what changes is serialised: what stands before a piece is the same for all pieces of an item.
 */
export class EventEncoder implements StreamEncoder, OutputListener {
  readonly response: ResponseObject
  #written = ''
  #number = 0
  #isOpen = false
  /** Before and behind a piece of the item that it was made for. */
  #piece: { readonly index: number; readonly before: string; readonly behind: string } | undefined

  constructor(asked: AskedResponse, seal: Pick<ReasoningSeal, 'seal'>, now: () => number) {
    this.response = new ResponseObject(asked, seal, now, this)
  }

  push(event: GenerationEvent): string {
    this.#begin()
    this.response.push(event)
    return this.#take()
  }

  /** What a stream begins with, before anything has come. Asked again it says nothing. */
  open(): string {
    this.#begin()
    return this.#take()
  }

  end(): string {
    this.response.complete()
    const { status } = this.response.toObject()
    this.#event(
      status === 'incomplete' ? 'response.incomplete' : 'response.completed',
      `"response":${this.response.toJson()}`,
    )
    return this.#take()
  }

  fail(error: ApiError): string {
    this.#begin()
    this.response.fail(error)
    this.#event('response.failed', `"response":${this.response.toJson()}`)
    return this.#take()
  }

  /** Whoever asked for it wants no more of it: a failure on this wire, with a status of its own. */
  cancel(): string {
    this.#begin()
    this.response.cancel()
    this.#event('response.failed', `"response":${this.response.toJson()}`)
    return this.#take()
  }

  idle(): string {
    return encodeSseComment('keepalive')
  }

  added(index: number, item: OutputItem): void {
    this.#event('response.output_item.added', `"output_index":${index},"item":${JSON.stringify(item)}`)
    if (item.type === 'message') this.#part('content_part.added', index, item.id, outputText(''))
    else if (item.type === 'reasoning') this.#reasoningPart('added', index, item, '')
  }

  thought(index: number, item: ReasoningItem, piece: string): void {
    const [name, place] = isSummary(item) ? SUMMARY : CONTENT
    this.#delta(`response.${name}.delta`, index, item.id, place, '', piece)
  }

  said(index: number, item: MessageItem, piece: string): void {
    this.#delta('response.output_text.delta', index, item.id, '"content_index":0,', ',"logprobs":[]', piece)
  }

  called(index: number, item: FunctionCallItem, piece: string): void {
    this.#delta('response.function_call_arguments.delta', index, item.id, '', '', piece)
  }

  done(index: number, item: OutputItem): void {
    switch (item.type) {
      case 'reasoning':
        this.#thoughtDone(index, item)
        break
      case 'message':
        this.#messageDone(index, item)
        break
      case 'function_call': {
        const { id, name, arguments: whole } = item
        this.#of('response.function_call_arguments.done', index, id, { name, arguments: whole })
        break
      }
      case 'custom_tool_call': {
        const { id, input } = item
        if (input !== '') this.#of('response.custom_tool_call_input.delta', index, id, { delta: input })
        this.#of('response.custom_tool_call_input.done', index, id, { input })
        break
      }
    }
    this.#event('response.output_item.done', `"output_index":${index},"item":${JSON.stringify(item)}`)
    this.#piece = undefined
  }

  #begin(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    const json = this.response.toJson()
    this.#event('response.created', `"response":${json}`)
    this.#event('response.in_progress', `"response":${json}`)
  }

  #thoughtDone(index: number, item: ReasoningItem): void {
    const text = (item.content ?? item.summary)[0]?.text ?? ''
    const [name, , place] = isSummary(item) ? SUMMARY : CONTENT
    this.#of(`response.${name}.done`, index, item.id, { [place]: 0, text })
    this.#reasoningPart('done', index, item, text)
  }

  #messageDone(index: number, { id, content }: MessageItem): void {
    const [part = outputText('')] = content
    this.#of('response.output_text.done', index, id, { content_index: 0, text: part.text, logprobs: [] })
    this.#part('content_part.done', index, id, part)
  }

  #reasoningPart(step: 'added' | 'done', index: number, item: ReasoningItem, text: string): void {
    if (!isSummary(item)) this.#part(`content_part.${step}`, index, item.id, { type: 'reasoning_text', text })
    else {
      const part = { type: 'summary_text', text }
      this.#of(`response.reasoning_summary_part.${step}`, index, item.id, { summary_index: 0, part })
    }
  }

  #part(step: string, index: number, id: string, part: object): void {
    this.#of(`response.${step}`, index, id, { content_index: 0, part })
  }

  #of(type: string, index: number, id: string, more: object): void {
    this.#event(type, `"item_id":"${id}","output_index":${index},${JSON.stringify(more).slice(1, -1)}`)
  }

  #delta(type: string, index: number, id: string, place: string, behind: string, piece: string): void {
    let made = this.#piece
    if (made?.index !== index) {
      const before = `event: ${type}\ndata: {"type":"${type}","item_id":"${id}","output_index":${index},${place}"delta":`
      this.#piece = made = { index, before, behind: `${behind},"sequence_number":` }
    }
    this.#written += `${made.before}${JSON.stringify(piece)}${made.behind}${this.#number}}\n\n`
    this.#number += 1
  }

  #event(type: string, fields: string): void {
    this.#written += `event: ${type}\ndata: {"type":"${type}",${fields},"sequence_number":${this.#number}}\n\n`
    this.#number += 1
  }

  #take(): string {
    const text = this.#written
    this.#written = ''
    return text
  }
}

type Place = readonly [event: string, place: string, field: string]

const SUMMARY: Place = ['reasoning_summary_text', '"summary_index":0,', 'summary_index']
const CONTENT: Place = ['reasoning_text', '"content_index":0,', 'content_index']

/** A thought that is told as it is has a content, however much of it there is. */
function isSummary({ content }: ReasoningItem): boolean {
  return content === undefined
}
