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
  const keys = Array.isArray(root['keys']) ? root['keys'] : []
  const limits = fieldsOf(root['limits'])
  return [
    ...keys.map((entry: unknown, index): Pointed => [`/keys/${index}/key`, fieldsOf(entry)['key']]),
    ...Object.entries(fieldsOf(root['engines'])).flatMap(([name, engine]): Pointed[] => {
      const at = pointerTo('/engines', name)
      const { key, headers } = fieldsOf(engine)
      const named = Object.entries(fieldsOf(headers)).map(([header, text]): Pointed => [
        pointerTo(`${at}/headers`, header),
        text,
      ])
      return [[`${at}/key`, key], ...named]
    }),
    ...[['/store', root['store']] as const, ['/limits/store', limits['store']] as const].filter(([, url]) =>
      PASSWORD.test(String(url)),
    ),
  ]
}

/** `postgres://user:password@host` */
const PASSWORD = /^\w+:\/\/[^/@]*:[^/@]+@/
