/** A line of JSON, written field by field: a third of what it takes to make an object of them and to have that written. */

/** As it is, between quotes: most names and ids are of nothing else. */
const PLAIN = /^[\w .:;/=+@~-]*$/

export class JsonLine {
  #text: string

  /** @param first what the line begins with: fields and their values, as JSON without braces */
  constructor(first: string) {
    this.#text = `{${first}`
  }

  /** Left out when there is none. */
  text(name: string, value: string | undefined): this {
    if (value !== undefined) this.#text += `,"${name}":${quoted(value)}`
    return this
  }

  /** Left out when there is none. What is no finite number is `null`, as ever in JSON. */
  value(name: string, value: number | boolean | undefined): this {
    if (value !== undefined) this.#text += `,"${name}":${typeof value === 'number' ? finite(value) : value}`
    return this
  }

  /** With its end of line. */
  end(): string {
    return `${this.#text}}\n`
  }
}

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text)
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

let latest = Number.NaN
let latestText = ''

/** The time as ISO 8601; the same text for all lines of a millisecond. */
export function isoTime(ms: number): string {
  if (ms !== latest) {
    latestText = new Date(ms).toISOString()
    latest = ms
  }
  return latestText
}
