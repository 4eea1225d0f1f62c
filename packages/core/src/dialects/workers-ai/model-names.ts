/** The names of models on this wire: `@cf/…` runs on the platform itself, `author/model` at its maker's, through a gateway. */

export interface NamedModel {
  /** As the client wrote it, and as replies repeat it. */
  readonly asked: string
  /** Ours, by which it is found; what is nobody's stays as it was asked. */
  readonly id: string
  /** On the platform itself: it has another input schema, and its replies another word or two. */
  readonly hosted: boolean
}

const AUTHOR = 'moonshotai/'
const HOSTED = '@cf/'

/** The binding writes `prefix:` in front, where it is told to; nothing here depends on it. */
const PREFIX = /^[\w.-]+:(?=@cf\/|moonshotai\/)/

export function namedModel(name: string): NamedModel {
  const asked = name.replace(PREFIX, '')
  const hosted = asked.startsWith(HOSTED)
  const slug = hosted ? asked.slice(HOSTED.length) : asked
  return { asked, id: slug.startsWith(AUTHOR) ? slug.slice(AUTHOR.length) : asked, hosted }
}

/** What a model of ours is called here. */
export function hostedName(id: string): string {
  return HOSTED + AUTHOR + id
}

export function proxiedName(id: string): string {
  return AUTHOR + id
}
