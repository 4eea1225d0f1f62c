/** Where an upstream of some flavour is asked, with which credentials, and how its models are called there. */

import type { ServerAddress } from '../../generation/index.ts'
import type { Flavour } from './flavours.ts'

export interface UpstreamAddress {
  readonly chat: string
  readonly completions: string
  readonly health: string
  /** It keeps a list of models, so a 404 there says that the address is wrong. */
  readonly listsModels: boolean
  readonly credentials: Readonly<Record<string, string>>
  /** The id by which the model is asked for there. */
  modelId(id: string): string
}

/** @param url ends with what stands before `/chat/completions` */
export function addressOf(url: URL, flavour: Flavour, key: string | undefined): UpstreamAddress {
  const base = url.href.replace(/\/+$/, '')
  const isGateway = flavour.key === 'cloudflare' && url.hostname === GATEWAY_HOST
  // One gateway for all providers: ids there begin with the provider's name.
  const isCompat = isGateway && base.endsWith('/compat')
  return {
    chat: `${base}/chat/completions`,
    completions: `${base}/completions`,
    health: flavour.health === 'health' ? `${base.replace(/\/v1$/, '')}/health` : `${base}/models`,
    listsModels: !isGateway,
    credentials: key === undefined ? {} : credentials(key, isGateway, base),
    modelId: (id) => (isCompat && id.startsWith('@cf/') ? `workers-ai/${id}` : id),
  }
}

export function serverOf({ hostname, port, protocol }: URL): ServerAddress {
  const usual = protocol === 'https:' ? 443 : 80
  return { address: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? usual : Number(port) }
}

const GATEWAY_HOST = 'gateway.ai.cloudflare.com'

/**
 * On the gateway's host `authorization` is the key of the provider behind it. Only where that is Workers AI is it the same
 * token; to any other provider the token would be given away.
 */
function credentials(key: string, isGateway: boolean, base: string): Record<string, string> {
  const bearer = `Bearer ${key}`
  if (!isGateway) return { authorization: bearer }
  return {
    'cf-aig-authorization': bearer,
    ...(base.includes('/workers-ai/') ? { authorization: bearer } : {}),
  }
}
