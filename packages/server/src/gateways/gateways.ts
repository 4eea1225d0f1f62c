/** The gateways of every organisation: kept as documents, so that they outlive the process and every server over one store has the same. */

import { apiError } from '@moonbase/protocol'
import type { Documents } from '../documents/documents.ts'
import type { Document } from '../records/document.ts'
import { DEFAULT_GATEWAY, DEFAULT_SETTINGS, type Gateway, type GatewaySettings } from './gateway-object.ts'
import { jsonValue, valueOf } from './kept-value.ts'

const KIND = 'gateway'
/** Of one organisation. Cloudflare has 20 for paying accounts. */
export const MOST_GATEWAYS = 100
/** What a request goes by may be so old: another server may have changed it. */
const FRESH_MS = 1_000
const MOST_REMEMBERED = 10_000
const MOST_TRIES = 5

interface Remembered {
  readonly gateway: Gateway
  /** Milliseconds since the Unix epoch. */
  readonly readAt: number
}

export class Gateways {
  readonly #documents: Documents
  readonly #now: () => number
  /** By owner and id; those that were read longest ago are forgotten first. */
  readonly #remembered = new Map<string, Remembered>()

  /** @param now milliseconds since the Unix epoch */
  constructor(documents: Documents, now: () => number) {
    this.#documents = documents
    this.#now = now
  }

  /**
   * For a request that goes through it: at most a second old. `default` is made when it is first asked for.
   *
   * @throws ApiError `gateway_not_found`; LedgerError where the store is away
   */
  async find(owner: string, id: string): Promise<Gateway> {
    const name = nameOf(owner, id)
    const known = this.#remembered.get(name)
    if (known !== undefined && this.#now() - known.readAt < FRESH_MS) return known.gateway
    const found = await this.read(owner, id)
    if (found !== undefined) return this.#remember(owner, found)
    this.#remembered.delete(name)
    if (id !== DEFAULT_GATEWAY) throw apiError('gateway_not_found', { id })
    return (await this.create(owner, id, DEFAULT_SETTINGS)) ?? this.find(owner, id)
  }

  /** As it stands in the store now. */
  async read(owner: string, id: string): Promise<Gateway | undefined> {
    if (!isGatewayId(id)) return undefined
    const document = await this.#documents.get(KIND, owner, id)
    return document === undefined ? undefined : gatewayOf(document)
  }

  /** In the order of their ids; there are at most `MOST_GATEWAYS`. */
  async list(owner: string): Promise<Gateway[]> {
    return (await this.#documents.list(KIND, owner, { limit: MOST_GATEWAYS * 2 })).map(gatewayOf)
  }

  /** `undefined`: there is one of this id. @throws ApiError for an id that can be none, and for one gateway too many */
  async create(owner: string, id: string, settings: GatewaySettings): Promise<Gateway | undefined> {
    if (!isGatewayId(id)) throw apiError('invalid_request', { details: `id must be ${WHAT_IDS_ARE}` })
    if ((await this.#documents.count(KIND, owner, {})) >= MOST_GATEWAYS) {
      throw apiError('gateway_conflict', { details: `an account has at most ${MOST_GATEWAYS} gateways` })
    }
    const now = this.#now()
    const gateway: Gateway = { id, isDefault: id === DEFAULT_GATEWAY, createdAt: now, modifiedAt: now, ...settings }
    const kept = await this.#documents.put([{ ...writeOf(owner, gateway), expects: 'absent' }])
    return kept === 'kept' ? this.#remember(owner, gateway) : undefined
  }

  /**
   * Changes what it is set to; `undefined`: there is none.
   *
   * @param change of what it is set to now; asked again where somebody else was faster
   * @throws ApiError `gateway_conflict` where somebody else always is; what `change` throws
   */
  async change(
    owner: string,
    id: string,
    change: (settings: GatewaySettings) => GatewaySettings,
  ): Promise<Gateway | undefined> {
    if (!isGatewayId(id)) return undefined
    for (let tried = 0; tried < MOST_TRIES; tried += 1) {
      const before = await this.#documents.get(KIND, owner, id)
      if (before === undefined) return undefined
      const { isDefault, createdAt, modifiedAt: _, ...settings } = gatewayOf(before)
      const gateway: Gateway = { ...change(settings), id, isDefault, createdAt, modifiedAt: this.#now() }
      // Where another request removed it meanwhile it stays removed.
      const outcome = await this.#documents.put([{ ...writeOf(owner, gateway), expects: before.revision }])
      if (outcome === 'kept') return this.#remember(owner, gateway)
    }
    throw apiError('gateway_conflict', { details: `the gateway ${id} is being changed by others` })
  }

  async remove(owner: string, id: string): Promise<boolean> {
    this.#remembered.delete(nameOf(owner, id))
    return isGatewayId(id) && this.#documents.remove(KIND, owner, id)
  }

  #remember(owner: string, gateway: Gateway): Gateway {
    const name = nameOf(owner, gateway.id)
    this.#remembered.delete(name)
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size < MOST_REMEMBERED) break
      this.#remembered.delete(oldest)
    }
    this.#remembered.set(name, { gateway, readAt: this.#now() })
    return gateway
  }
}

const WHAT_IDS_ARE = '1 to 64 letters, digits, dashes and underscores'

/** Cloudflare's names have at most 64 characters. */
function isGatewayId(id: string): boolean {
  return /^[\w-]{1,64}$/.test(id)
}

function nameOf(owner: string, id: string): string {
  return `${owner}\n${id}`
}

function writeOf(owner: string, gateway: Gateway) {
  const { id, createdAt } = gateway
  const value = jsonValue(gateway)
  return { kind: KIND, owner, id, label: null, createdAt, dueAt: null, expiresAt: null, value }
}

/** It may be of an earlier version, that knew fewer settings. */
function gatewayOf(document: Document): Gateway {
  const { id, createdAt } = document
  const kept = valueOf<Partial<Gateway>>(document)
  return { ...DEFAULT_SETTINGS, createdAt, modifiedAt: createdAt, isDefault: id === DEFAULT_GATEWAY, ...kept, id }
}
