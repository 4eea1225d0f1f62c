/** What is kept of one request while it is answered, and how it ends: in the log once, whatever became of the request. */

import type { DecodedRequest } from '@moonbase/core/dialects'
import type { FinishReason, Reply, Transcript } from '@moonbase/core/generation'
import type { KeyAccount } from '../accounts/accounts.ts'
import { transcriptJson, replyJson } from './answer-json.ts'
import { askedJson } from './asked-json.ts'
import type { BoundedJson } from './bounded-json.ts'
import type { ContentLog } from './content-log.ts'
import { textMemory } from './request-content.ts'

export type ContentKeeper = Pick<ContentLog, 'reserve' | 'release' | 'keep' | 'drop'>

const DAY_MS = 86_400_000

export class OpenContent {
  readonly #keeper: ContentKeeper
  readonly #request: string
  readonly #arrivedAt: number
  readonly #key: KeyAccount
  readonly #days: number
  #asked: BoundedJson | undefined
  /** Of what was asked, in memory. */
  #reserved = 0
  #lost = false
  /** Made only when it is kept, so that a client never waits for it. */
  #answered: (() => BoundedJson) | undefined
  /** A part of the answer was given out, and not its end. */
  #begun = false
  #ended = false

  constructor(keeper: ContentKeeper, request: string, arrivedAt: number, key: KeyAccount, days: number) {
    this.#keeper = keeper
    this.#request = request
    this.#arrivedAt = arrivedAt
    this.#key = key
    this.#days = days
  }

  /** The body, which is not held on to. */
  ask(body: unknown): void {
    const asked = askedJson(body)
    const bytes = textMemory(asked.text)
    this.#lost = !this.#keeper.reserve(bytes)
    if (this.#lost) return
    this.#reserved = bytes
    this.#asked = asked
  }

  /** The whole reply is on its way out. */
  reply(reply: Reply): void {
    this.#answered = () => replyJson(reply)
  }

  /** A stream has begun when its encoder is asked for, and what the encoder is given is given out. */
  streamed(encoder: DecodedRequest['streamEncoder'], transcript: Transcript): DecodedRequest['streamEncoder'] {
    return (head) => {
      const inner = encoder(head)
      let finish: FinishReason | null = null
      this.#begun = true
      this.#answered = () => transcriptJson(transcript, finish)
      return {
        push(event) {
          if (event.type === 'finish' && event.choice === 0) finish = event.reason
          return inner.push(event)
        },
        end: () => inner.end(),
        fail: (error) => inner.fail(error),
      }
    }
  }

  /** `error`: code of the refusal, or of the failure that ended the answer. Does nothing the second time. */
  end(error: string | null): void {
    if (this.#ended) return
    this.#ended = true
    this.#keeper.release(this.#reserved)
    if (this.#lost) return this.#keeper.drop()
    const answered = this.#answered?.()
    this.#keeper.keep({
      request: this.#request,
      at: this.#arrivedAt,
      organisation: this.#key.organisation,
      project: this.#key.project,
      expiresAt: this.#arrivedAt + this.#days * DAY_MS,
      error,
      asked: this.#asked?.text ?? null,
      askedShortened: this.#asked?.shortened ?? false,
      answered: answered?.text ?? null,
      answeredShortened: answered?.shortened ?? false,
      cut: this.#begun && error !== null,
    })
  }
}
