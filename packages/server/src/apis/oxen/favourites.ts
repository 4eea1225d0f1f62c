/** The models that a project has marked: one small document each. */

import type { KeyAccount } from '../../accounts/accounts.ts'
import { admissionError } from '../../admission/limit-errors.ts'
import type { Documents } from '../../documents/documents.ts'

const KIND = 'oxen-favourite'

/** More than there are models. */
const MOST = 1_000

/** Every one of them @throws ApiError where they cannot be read or kept. */
export class Favourites {
  readonly #documents: Documents
  readonly #now: () => number

  constructor(documents: Documents, now: () => number) {
    this.#documents = documents
    this.#now = now
  }

  /** By our ids, in their order. */
  async of(key: KeyAccount): Promise<readonly string[]> {
    const prefix = idOf(key, '')
    const found = await told(this.#documents.list(KIND, key.organisation, { prefix, limit: MOST }), key)
    return found.map(({ id }) => id.slice(prefix.length))
  }

  /** One that is marked already stays so. */
  async mark(key: KeyAccount, model: string): Promise<void> {
    const name = { kind: KIND, owner: key.organisation, id: idOf(key, model) }
    const fields = { label: null, createdAt: this.#now(), dueAt: null, expiresAt: null, value: null }
    await told(this.#documents.put([{ ...name, ...fields, expects: 'any' }]), key)
  }

  async unmark(key: KeyAccount, model: string): Promise<void> {
    await told(this.#documents.remove(KIND, key.organisation, idOf(key, model)), key)
  }
}

function idOf({ project }: KeyAccount, model: string): string {
  return `${project}/${model}`
}

async function told<Value>(asked: Promise<Value>, key: KeyAccount): Promise<Value> {
  return asked.catch((error: unknown) => {
    throw admissionError(error, key)
  })
}
