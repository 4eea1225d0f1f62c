/** Workers AI behind a gateway's URL: `…/{gateway}/workers-ai/run/{model}`, and without the `run`. */

import { namedModel, pathRun, workersAi } from '@moonbase/core/dialects/workers-ai'
import { mediaFromUrl } from '@moonbase/core/generation'
import { answer } from '../answer.ts'
import type { AnswerRoute } from '../gated-answer.ts'
import type { AnswerServices } from '../start-answer.ts'
import { PLAIN_JSON } from './refusals.ts'

interface RunEndpoint {
  readonly answer: AnswerRoute
  readonly modelOf: () => string
  readonly parameters: Readonly<Record<string, string>>
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
    return { answer: run, modelOf: () => model, parameters: { '*': model } }
  }
}
