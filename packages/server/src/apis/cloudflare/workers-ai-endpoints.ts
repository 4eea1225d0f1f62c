/** Workers AI behind a gateway's URL: `…/{gateway}/workers-ai/run/{model}`, and without the `run`. */

import { envelope, namedModel, pathRun, platformFault, workersAi } from '@moonbase/core/dialects/workers-ai'
import { mediaFromUrl } from '@moonbase/core/generation'
import type { ApiError } from '@moonbase/protocol'
import { answer } from '../answer.ts'
import type { AnswerRoute } from '../gated-answer.ts'
import type { AnswerServices } from '../start-answer.ts'
import { PLAIN_JSON } from './refusals.ts'

interface RunEndpoint {
  readonly answer: AnswerRoute
  readonly modelOf: () => string
  readonly parameters: Readonly<Record<string, string>>
  /** In the envelope and with the numbers of REST. */
  readonly refusal: (error: ApiError) => { readonly status: number; readonly body: unknown }
}

/** The label of the API that these URLs belong to. */
const API = 'ai-gateway'
const PROVIDER = 'workers-ai'

/** `undefined`: it is no run of this provider. Answers stand in the envelope of REST, as its clients read them. */
export function workersAiEndpoints(services: AnswerServices) {
  const run = answer(workersAi(pathRun, 'enveloped', mediaFromUrl), { api: API, contentType: PLAIN_JSON }, services)
  return (provider: string, endpoint: string): RunEndpoint | undefined => {
    if (provider !== PROVIDER) return undefined
    const model = endpoint.replace(/^run\//, '')
    if (!namedModel(model).hosted && !endpoint.startsWith('run/')) return undefined
    const refusal: RunEndpoint['refusal'] = (error) => {
      const fault = platformFault(error, namedModel(model).hosted)
      return { status: fault.status, body: envelope(fault) }
    }
    return { answer: run, modelOf: () => model, parameters: { '*': model }, refusal }
  }
}
