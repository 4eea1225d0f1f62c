/**
 * The ids of organisations, projects and keys that have names.
 *
 * An id is a hash of names, so it is the same at every start and on every machine with the same configuration, and what
 * is kept under it is found again. A key's id comes from its name and not from the key: logs show ids, and a short key
 * could be guessed back from its hash. A key that is renewed under its name keeps its id.
 */

import { hash } from 'node:crypto'

export const DEFAULT_NAME = 'default'

export function organisationId(organisation: string): string {
  return `org-${hashOf('organisation', organisation)}`
}

export function projectId(organisation: string, project: string): string {
  return `proj-${hashOf('project', organisation, project)}`
}

/** `origin` keeps a key of the file apart from one of the same name that comes from elsewhere. */
export function keyId(origin: 'configured' | 'environment' | 'generated', organisation: string, name: string): string {
  return `ak-${hashOf('key', origin, organisation, name)}`
}

/** Of an admin key that is not kept with the accounts. */
export function adminKeyId(origin: 'environment' | 'generated'): string {
  return `adm-${hashOf('admin key', origin)}`
}

const ID_CHARACTERS = 24

/** JSON keeps the parts apart: `["a","bc"]` and `["ab","c"]` differ. */
function hashOf(...parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts), 'hex').slice(0, ID_CHARACTERS)
}
