/** Every API that this server speaks: a new one is its folder and a line here. */

import { type AdminServices } from './apis/admin/operation.ts'
import { adminApi } from './apis/admin/admin-api.ts'
import { type AiGatewayServices, aiGatewayApi } from './apis/ai-gateway/ai-gateway-api.ts'
import { type AnthropicServices, anthropicApi } from './apis/anthropic/anthropic-api.ts'
import { type MetricsApiParts, metricsApi } from './apis/metrics/metrics-api.ts'
import { type MoonshotServices, moonshotApi } from './apis/moonshot/moonshot-api.ts'
import { type ProbeParts, probesApi } from './apis/probes/probes-api.ts'
import { type OxenServices, oxenApi } from './apis/oxen/oxen-api.ts'
import { type ResponsesServices, responsesApi } from './apis/responses/responses-api.ts'
import { type MountedApi, mount } from './apis/serve-apis.ts'
import { webApi } from './apis/web/web-api.ts'

export interface ApiServices {
  readonly moonshot: MoonshotServices
  readonly oxen: OxenServices
  readonly responses: ResponsesServices
  readonly aiGateway: AiGatewayServices
  readonly anthropic: AnthropicServices
  readonly admin: AdminServices
  readonly probes: ProbeParts
  readonly metrics: MetricsApiParts
}

export function openApis({
  moonshot,
  anthropic,
  oxen,
  responses,
  aiGateway,
  admin,
  probes,
  metrics,
}: ApiServices): readonly MountedApi[] {
  return [
    mount(moonshotApi(moonshot)),
    mount(anthropicApi(anthropic)),
    mount(oxenApi(oxen)),
    mount(responsesApi(responses)),
    mount(aiGatewayApi(aiGateway)),
    mount(adminApi(admin)),
    mount(probesApi(probes)),
    mount(metricsApi(metrics)),
    mount(webApi()),
  ]
}
