/** The hosts of the model that a key in the environment is enough to reach, and which of them answers. */

import type { EnvironmentSettings } from './environment-settings.ts'
import type { Flavour } from './configuration.ts'

interface Host {
  /** Of its engine. */
  readonly name: string
  /** The variable that holds its key. */
  readonly variable: string
  readonly flavour: Flavour
  readonly url: string
  readonly key: string
}

const MOONSHOT_URL = 'https://api.moonshot.ai/v1'
const OXEN_URL = 'https://hub.oxen.ai/api/ai'

/** In order of preference; the first answers. */
export function hostsOf({
  moonshotKey,
  cloudflare,
  oxenKey,
}: Pick<EnvironmentSettings, 'moonshotKey' | 'cloudflare' | 'oxenKey'>): readonly Host[] {
  const hosts: Host[] = []
  if (moonshotKey !== undefined) {
    hosts.push({
      name: 'moonshot',
      variable: 'MOONSHOT_API_KEY',
      flavour: 'moonshot',
      url: MOONSHOT_URL,
      key: moonshotKey,
    })
  }
  if (cloudflare !== undefined) {
    hosts.push({
      name: 'cloudflare',
      variable: 'CLOUDFLARE_API_TOKEN',
      flavour: 'cloudflare',
      url: `https://api.cloudflare.com/client/v4/accounts/${cloudflare.account}/ai/v1`,
      key: cloudflare.token,
    })
  }
  if (oxenKey !== undefined) {
    hosts.push({ name: 'oxen', variable: 'OXEN_API_KEY', flavour: 'oxen', url: OXEN_URL, key: oxenKey })
  }
  return hosts
}

/** Cloudflare announced for this day that its own K2.5 ends; whether it has is for the operator to see. */
const CLOUDFLARE_END = '2026-05-30'

/** What the start says about the host that answers. */
export function noteOn({ name, variable, url }: Host): string {
  if (name === 'moonshot') {
    return `${variable} is set: requests go to the hosted platform at ${url} and are paid there`
  }
  const said = `${variable} is set: requests go to ${new URL(url).host} and are paid there`
  if (name !== 'cloudflare') return said
  return `${said}; it planned to end its kimi-k2.5 on ${CLOUDFLARE_END}: where that is gone, name a stand_in such as kimi-k2.6`
}
