/**
 * Whose a response in the background is: a lease that its gateway renews. A gateway that has died renews nothing, and whoever
 * looks at the response then finds it failed.
 *
 * The lease is a small document of its own: renewing it writes nothing of the response.
 */

import type { Documents } from '../documents/documents.ts'
import type { DocumentWrite } from '../records/document.ts'

const KIND = 'response-lease'
/** A gateway that is silent for so long is taken to be dead. */
export const LEASE_MS = 60_000

type LeaseDocuments = Pick<Documents, 'get' | 'put'>

export class BackgroundLease {
  readonly #documents: LeaseDocuments
  readonly #owner: string
  readonly #id: string
  #revision = 1

  constructor(documents: LeaseDocuments, owner: string, id: string) {
    this.#documents = documents
    this.#owner = owner
    this.#id = id
  }

  /** What takes it, in the commit that begins the response. */
  taking(now: number): DocumentWrite {
    return this.#write(now, 'absent')
  }

  /** False when somebody has ended it: the response was cancelled, or was found without a lease. */
  async renew(now: number): Promise<boolean> {
    if ((await this.#documents.put([this.#write(now, this.#revision)])) === 'conflict') return false
    this.#revision += 1
    return true
  }

  #write(now: number, expects: DocumentWrite['expects']): DocumentWrite {
    const dueAt = now + LEASE_MS
    // It needs nobody to take it away.
    return {
      ...nameOf(this.#owner, this.#id),
      label: null,
      createdAt: now,
      dueAt,
      expiresAt: dueAt,
      value: null,
      expects,
    }
  }
}

/** Whether somebody is at work on it. */
export async function isLeased(documents: LeaseDocuments, owner: string, id: string, now: number): Promise<boolean> {
  const { kind } = nameOf(owner, id)
  const lease = await documents.get(kind, owner, id)
  return lease !== undefined && lease.dueAt !== null && lease.dueAt > now
}

/** What ends it, in the commit that ends the response. */
export function leaseEnd(owner: string, id: string): DocumentWrite {
  return { ...nameOf(owner, id), label: null, createdAt: 0, dueAt: null, expiresAt: 0, value: null, expects: 'any' }
}

function nameOf(owner: string, id: string): { readonly kind: string; readonly owner: string; readonly id: string } {
  return { kind: KIND, owner, id }
}
