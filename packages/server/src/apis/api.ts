/** What an API is: what is spoken below some paths. Each has a folder of its own, and nothing of one reaches another. */

import type { WireRequest } from '@moonbase/core/dialects'
import type { ApiError } from '@moonbase/protocol'
import type { Exchange } from '../http/exchange.ts'
import type { RoutePattern } from '../http/router.ts'
import type { Inference } from '../inference/inference.ts'
import type { PageSession } from '../sessions/page-sessions.ts'

export interface Api<Owner = undefined> {
  /** A label in logs, metrics and records; nobody branches on it. */
  readonly name: string
  /** Whose API it is, as OpenTelemetry's GenAI conventions name providers: `moonshot_ai`; absent where no model is asked. */
  readonly provider?: string
  /** Whole segments of a path, of which the longest wins: `/v1/messages` before `/v1`; `/` is what nobody else has. */
  readonly prefixes: readonly string[]
  /** Asked before any prefix, where a path belongs to two and a header decides. */
  readonly claims?: (exchange: Exchange) => boolean
  /** Asked of a path that no API has a prefix of but `/`, where a header says whose client it is. */
  readonly claimsUnnamed?: (exchange: Exchange) => boolean
  readonly routes: readonly Route<Owner>[]
  /** Whether a key is asked for before it is said that a path is unknown. */
  readonly order: 'key-first' | 'route-first'
  /** Absent: nobody is asked who he is. */
  readonly authentication?: Authentication<Owner>
  /** Headers of every reply, refusals among them. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** Whether web pages of the allowed origins may call it. */
  readonly pages: boolean
  /** Whether it answers while the server stops, too: whoever watches the server wants to see that. */
  readonly always?: boolean
  /** Refuses in its own form whatever was refused on the way: keys, paths, handlers, broken bodies. */
  refuse(error: ApiError, exchange: Exchange): void
}

export interface Route<Owner = undefined> extends RoutePattern {
  answer(exchange: Exchange, caller: Caller<Owner>): Promise<void> | void
}

/** What a route is given beside the exchange. */
export interface Caller<Owner> {
  /** Whose key was shown. */
  readonly key: Owner
  /** From `:name` parts of the path. */
  readonly parameters: Readonly<Record<string, string | undefined>>
  /** Where the request is a part of a larger one. */
  readonly part?: AnswerPart
}

/** One of several requests that an exchange is made of, such as a step of a gateway, as whoever took it apart says it. */
export interface AnswerPart {
  /** The exchange; `null` where this part has its id. */
  readonly parent: string | null
  /** Kept with its record, at most 1 KB of JSON. */
  readonly labels?: Readonly<Record<string, string>>
  /** What it asks, which is read already. */
  readonly wire: WireRequest
  /** Told of its run. */
  readonly started?: (running: Inference) => void
}

/** How a caller shows who he is. Wrong keys are slowed down by `serve-apis.ts`, whichever header they came in. */
export interface Authentication<Owner> {
  /** The key that was shown; `undefined`: none was. @throws ApiError for what can be no key */
  shown(exchange: Exchange): string | undefined
  /** Whose it is; `undefined` for a key that nobody has. */
  find(key: string): Owner | undefined
  /** Whether he may come in with it, and what is noted of him. @throws ApiError */
  admit(owner: Owner, exchange: Exchange): void
  /** Whose a session of the page is here, by the keys that it holds; absent: no session opens anything. */
  readonly ofSession?: (session: PageSession) => Owner | undefined
  /** Asked each time; absent: always. Where it is not needed `open` stands for the owner. */
  readonly optional?: { readonly isOpen: () => boolean; readonly open: Owner }
}
