/** Where accounts and counts are kept, as one text names it: `sqlite:…`, `postgres://…`, `redis://…`, `memory`, `none`. */

import { resolve } from 'node:path'
import type { Checked } from './problems.ts'

export type StorePlace =
  /** Absolute paths. `witness`: where it is kept how far the database had come; without it, beside the database. */
  | { readonly kind: 'sqlite'; readonly path: string; readonly witness?: string }
  /** Secret: it may hold a password. */
  | { readonly kind: 'postgres'; readonly url: string }
  /** Gone with the process. */
  | { readonly kind: 'memory' }
  /** Neither accounts nor money: configured keys alone. */
  | { readonly kind: 'none' }

export type LimitsPlace =
  | { readonly kind: 'memory' }
  /** Secret: it may hold a password. */
  | { readonly kind: 'redis'; readonly url: string }

const WITNESS = '?witness='

/** `folder`: from which a relative path goes. What is wrong is said without quoting the text. */
export function checkStorePlace(text: string, folder: string): Checked<StorePlace> {
  if (text === 'memory' || text === 'none') return { value: { kind: text } }
  if (text.startsWith('sqlite:')) {
    const [path = '', witness] = text.slice('sqlite:'.length).split(WITNESS, 2)
    if (path === '' || path.startsWith('//'))
      return { wrong: 'must name a file behind "sqlite:", such as sqlite:./moonbase.db' }
    if (witness === '') return { wrong: 'must name a file behind "?witness="' }
    const elsewhere = witness === undefined ? {} : { witness: resolve(folder, witness) }
    return { value: { kind: 'sqlite', path: resolve(folder, path), ...elsewhere } }
  }
  const url = urlOf(text, ['postgres:', 'postgresql:'])
  if (url !== undefined) return { value: { kind: 'postgres', url } }
  return { wrong: 'must be sqlite:<file>, postgres://<user>:<password>@<host>/<database>, memory or none' }
}

export function checkLimitsPlace(text: string): Checked<LimitsPlace> {
  if (text === 'memory') return { value: { kind: 'memory' } }
  const url = urlOf(text, ['redis:', 'rediss:'])
  if (url !== undefined) return { value: { kind: 'redis', url } }
  return { wrong: 'must be memory, or redis://<host>:<port> (rediss:// with TLS)' }
}

function urlOf(text: string, protocols: readonly string[]): string | undefined {
  const address = URL.parse(text)
  return address !== null && protocols.includes(address.protocol) && address.hostname !== '' ? text : undefined
}
