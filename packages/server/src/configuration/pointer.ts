/** JSON pointers (`/engines/cluster/url`): how a place inside a file is named between its reader and its checks. */

export function pointerTo(parent: string, name: string | number): string {
  return `${parent}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** The pointer to what holds this, and the name it has there. */
export function splitPointer(pointer: string): { readonly parent: string; readonly name: string } {
  const slash = pointer.lastIndexOf('/')
  return { parent: pointer.slice(0, Math.max(0, slash)), name: unescaped(pointer.slice(slash + 1)) }
}

export function valueAt(root: unknown, pointer: string): unknown {
  let value = root
  for (const escaped of pointer.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, unescaped(escaped))
  }
  return value
}

/** For people: `/engines/cluster/url` → `engines.cluster.url`, `/keys/0/name` → `keys[0].name`. */
export function subjectOf(pointer: string): string {
  let subject = ''
  for (const escaped of pointer.split('/').slice(1)) {
    const name = unescaped(escaped)
    if (/^\d+$/.test(name)) subject += `[${name}]`
    else subject += subject === '' ? name : `.${name}`
  }
  return subject
}

function unescaped(name: string): string {
  return name.replaceAll('~1', '/').replaceAll('~0', '~')
}
