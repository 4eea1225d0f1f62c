/** Every API that this server speaks: a new one is its folder and a line here. */

import { type AdminServices } from './apis/admin/operation.ts'
import { adminApi } from './apis/admin/admin-api.ts'
import { type CloudflareServices, cloudflareApis } from './apis/cloudflare/cloudflare-apis.ts'
import { type AiGatewayServices, aiGatewayApi } from './apis/ai-gateway/ai-gateway-api.ts'
import { workersAiEndpoints } from './apis/cloudflare/workers-ai-endpoints.ts'
import { type AnthropicServices, anthropicApi } from './apis/anthropic/anthropic-api.ts'
import { type MetricsApiParts, metricsApi } from './apis/metrics/metrics-api.ts'
import { type MoonshotServices, moonshotApi } from './apis/moonshot/moonshot-api.ts'
import { type ProbeParts, probesApi } from './apis/probes/probes-api.ts'
import { type OxenServices, oxenApi } from './apis/oxen/oxen-api.ts'
import { type ResponsesServices, responsesApi } from './apis/responses/responses-api.ts'
import { type MountedApi, mount } from './apis/serve-apis.ts'

export interface ApiServices {
  readonly moonshot: MoonshotServices
  readonly oxen: OxenServices
  readonly responses: ResponsesServices
  readonly cloudflare: CloudflareServices
  readonly aiGateway: Omit<AiGatewayServices, 'endpoints'>
  readonly anthropic: AnthropicServices
  readonly admin: AdminServices
  readonly probes: ProbeParts
  readonly metrics: MetricsApiParts
}

export function openApis(services: ApiServices): readonly MountedApi[] {
  const { moonshot, anthropic, oxen, responses, cloudflare, aiGateway, admin, probes, metrics } = services
  return [
    mount(moonshotApi(moonshot)),
    mount(anthropicApi(anthropic)),
    mount(oxenApi(oxen)),
    mount(responsesApi(responses)),
    ...cloudflareApis(cloudflare).map(mount),
    mount(aiGatewayApi({ ...aiGateway, endpoints: workersAiEndpoints(cloudflare) })),
    mount(adminApi(admin)),
    mount(probesApi(probes)),
    mount(metricsApi(metrics)),
  ]
}
