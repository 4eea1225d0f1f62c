/** What Cloudflare's clients speak to a model: the binding's wire, and REST. */

import type { KeyAccount } from '../../accounts/accounts.ts'
import type { Api } from '../api.ts'
import { bindingApi } from './binding-api.ts'
import { type RestServices, restApi } from './rest-api.ts'

export type CloudflareServices = RestServices

export function cloudflareApis(services: CloudflareServices): readonly Api<KeyAccount>[] {
  return [bindingApi(services), restApi(services)]
}
