/** The one Trusted Types policy of the page: it makes addresses of workers, out of this list of our own files. */

// oxlint-disable-next-line import/default -- Vite makes an address of it
import colours from './parts/answer/colours-worker.ts?worker&url'

const WORKERS = { colours } as const

interface Policy {
  readonly createScriptURL: (address: string) => string
}

interface PolicyFactory {
  readonly createPolicy: (name: string, rules: Policy) => Policy
}

function ownOnly(address: string): string {
  if (!Object.values(WORKERS).includes(address)) throw new TypeError('the page starts no script but its own')
  return address
}

const isFactory = (value: unknown): value is PolicyFactory =>
  typeof value === 'object' && value !== null && 'createPolicy' in value

const factory: unknown = Reflect.get(globalThis, 'trustedTypes')
const policy: Policy = isFactory(factory)
  ? factory.createPolicy('moonbase', { createScriptURL: ownOnly })
  : { createScriptURL: ownOnly }

export const scriptAddress = (worker: keyof typeof WORKERS): string => policy.createScriptURL(WORKERS[worker])
