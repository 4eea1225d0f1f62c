/** Whether a configuration file holds keys and passwords as they are, and not the names of variables that hold them. */

import { fieldsOf } from './plain-value.ts'
import { pointerTo } from './pointer.ts'
import type { YamlFile } from './read-yaml.ts'
import { shellQuoted } from './why-not-kept.ts'

export function holdsKeys(file: YamlFile): boolean {
  return secretsOf(file.value).some(
    ([pointer, value]) => typeof value === 'string' && file.expressionAt(pointer) === undefined,
  )
}

export function openFileNote(shown: string): string {
  return `${shown} holds keys, and every user of this machine may read it: chmod o-rwx ${shellQuoted(shown)}`
}

type Pointed = readonly [pointer: string, value: unknown]

function secretsOf(value: unknown): readonly Pointed[] {
  const root = fieldsOf(value)
  const found: Pointed[] = []
  const keys = Array.isArray(root['keys']) ? root['keys'] : []
  for (const [index, entry] of keys.entries()) found.push([`/keys/${index}/key`, fieldsOf(entry)['key']])
  for (const [name, engine] of Object.entries(fieldsOf(root['engines']))) {
    const at = pointerTo('/engines', name)
    const { key, headers } = fieldsOf(engine)
    found.push([`${at}/key`, key])
    for (const [header, text] of Object.entries(fieldsOf(headers))) {
      found.push([pointerTo(`${at}/headers`, header), text])
    }
  }
  for (const [pointer, url] of [
    ['/store', root['store']],
    ['/limits/store', fieldsOf(root['limits'])['store']],
  ] as const) {
    if (PASSWORD.test(String(url))) found.push([pointer, url])
  }
  return found
}

/** `postgres://user:password@host` */
const PASSWORD = /^\w+:\/\/[^/@]*:[^/@]+@/
