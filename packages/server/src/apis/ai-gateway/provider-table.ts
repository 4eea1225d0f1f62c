/** Which provider answers what, behind a gateway: each is a route of some dialect, and all of them ask the same engines. */

import { type ApiError, apiError, errorBody } from '@moonbase/protocol'
import { answer } from '../answer.ts'
import type { AnswerRoute } from '../gated-answer.ts'
import type { AnswerServices } from '../start-answer.ts'
import { chatDialect, modelOf } from './chat-dialect.ts'

/** What a provider says in place of an answer. */
export type ProviderRefusal = (error: ApiError) => { readonly status: number; readonly body: unknown }

/** What is asked at an endpoint of a provider. */
interface ProviderEndpoint {
  readonly answer: AnswerRoute
  /** The model, as it was asked for; '' where that is not said. */
  readonly modelOf: (body: unknown) => string
  /** Parts of the path that its dialect reads. */
  readonly parameters: Readonly<Record<string, string | undefined>>
  readonly refusal: ProviderRefusal
}

export interface ProviderTable {
  /** @param endpoint the path behind the provider, without a slash in front. @throws ApiError `provider_not_found` */
  find(provider: string, endpoint: string): ProviderEndpoint
}

/** What a provider has beside: endpoints of a face of its own. */
export type FindEndpoint = (provider: string, endpoint: string) => ProviderEndpoint | undefined

/**
 * `chat/completions` is that of any provider, `openai`, `moonshot`, `compat` or one's own, as any name is allowed for one: who
 * wants a model that is not served here is told so.
 */
export function providerTable(api: string, services: AnswerServices, beside: FindEndpoint): ProviderTable {
  const chat = answer(chatDialect(), { api }, services)
  return {
    find(provider, endpoint) {
      const found = beside(provider, endpoint)
      if (found !== undefined) return found
      if (/(?:^|\/)chat\/completions$/.test(endpoint))
        return { answer: chat, modelOf, parameters: {}, refusal: openaiRefusal }
      throw apiError('provider_not_found', {
        provider,
        endpoint: endpoint === '' ? 'its root' : endpoint,
        instead: 'chat/completions is answered for every provider',
      })
    },
  }
}

export const openaiRefusal: ProviderRefusal = (error) => ({ status: error.status, body: errorBody(error) })
