/** One response while it is made: its answer is one object, which is streamed, given whole, and kept. */

import type { EventEncoder, ResponseObject } from '@moonbase/core/dialects/responses'
import { type RunEnd, failureOf } from '@moonbase/core/inference'
import type { ApiError } from '@moonbase/protocol'
import type { DocumentWrite } from '../../records/document.ts'
import type { BackgroundForm } from '../../responses/background-responses.ts'
import type { ResponseStore } from '../../responses/response-store.ts'
import type { JsonObject, StoredItem, StoredResponse } from '../../responses/stored-response.ts'
import { type ReadResponse, itemsToStore } from './read-response.ts'

const NOTHING: readonly DocumentWrite[] = []

/** It holds of the request what is kept with the response, and nothing of one that is not kept. */
export class ResponseCreation {
  readonly asked: ReadResponse['asked']
  /** Of a stream. */
  readonly encoder: EventEncoder | undefined
  readonly response: ResponseObject
  readonly input: readonly StoredItem[]
  readonly #earlier: readonly string[]

  constructor(read: ReadResponse) {
    this.asked = read.asked
    this.#earlier = read.earlier
    this.encoder = read.stream ? read.events() : undefined
    this.response = this.encoder?.response ?? read.response()
    this.input = read.asked.store ? itemsToStore(read.input) : []
  }

  get id(): string {
    return this.asked.identity.id
  }

  /** As it is kept. */
  stored(response: JsonObject = this.json()): StoredResponse {
    return { response, earlier: this.#earlier, background: this.asked.background, stream: null }
  }

  json(): JsonObject {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is made of JSON, and is about to become some
    return this.response.toObject() as JsonObject
  }

  /** What is kept at the end of an answer that somebody waits for: nothing of one that he left, or that never began. */
  writesAt({ how, failure, given }: RunEnd, owner: string, store: ResponseStore): readonly DocumentWrite[] {
    if (how === 'left' || !given) return NOTHING
    this.#end(how === 'complete' ? undefined : failureOf(failure, ''))
    const response = this.json()
    // An answer is not taken back because it is too long to be kept.
    if (!store.canKeep(this.input, response)) return NOTHING
    return store.creation(owner, this.id, this.stored(response), this.input)
  }

  /** As it is written while nobody may be there: its events where it is a stream, and nothing of a whole one. */
  form(): BackgroundForm {
    const { encoder, response } = this
    const ended = (failure: ApiError | undefined): JsonObject => {
      this.#end(failure)
      return this.json()
    }
    if (encoder !== undefined) {
      return {
        push: (event) => encoder.push(event),
        end: () => encoder.end(),
        fail: (error) => encoder.fail(error),
        cancel: () => encoder.cancel(),
        ended,
      }
    }
    return {
      push(event) {
        response.push(event)
        return ''
      },
      end: () => '',
      fail: () => '',
      cancel: () => '',
      ended,
    }
  }

  #end(failure: ApiError | undefined): void {
    if (failure === undefined) this.response.complete()
    else this.response.fail(failure)
  }
}
