/** What Cloudflare's clients speak to a model: the binding, the same through Miniflare's proxy, and REST. */

import type { KeyAccount } from '../../accounts/accounts.ts'
import type { Api } from '../api.ts'
import { bindingApi } from './binding-api.ts'
import { remoteProxyApi } from './remote-proxy-api.ts'
import { type RestServices, restApi } from './rest-api.ts'

export type CloudflareServices = RestServices

export function cloudflareApis(services: CloudflareServices): readonly Api<KeyAccount>[] {
  return [bindingApi(services), remoteProxyApi(services), restApi(services)]
}
