/** JSON of a bounded size: what does not fit is cut, and the rest is still JSON. */

export interface BoundedJson {
  readonly text: string
  /** Something was left out for its size. */
  readonly shortened: boolean
}

/** Puts a text in place of another that is not to be kept; `undefined` where it is. `path`: names of fields that it stands below. */
export type Substitute = (text: string, path: readonly string[]) => string | undefined

/** Room below which a text is rather left out than cut: what says that it was cut takes as much. */
const LEAST_CUT_BYTES = 96
/** Each makes it shorter; texts in which all is escaped need some. */
const MOST_TRIES = 40

/** `value` is of what `JSON.parse` gives, and as deep at most as a body may be. At most `limit` bytes of UTF-8. */
export function boundedJson(value: unknown, limit: number, substitute: Substitute = () => undefined): BoundedJson {
  const writer = new JsonWriter(limit, substitute)
  writer.write('', value)
  return { text: writer.text, shortened: writer.shortened }
}

class JsonWriter {
  text = ''
  shortened = false
  readonly #substitute: Substitute
  readonly #path: string[] = []
  /** Bytes that are left; what closes all that is open is set aside already. */
  #left: number

  constructor(limit: number, substitute: Substitute) {
    this.#left = limit
    this.#substitute = substitute
  }

  /** `before`: what stands before the value if it is written. False when there was no room for it. */
  write(before: string, value: unknown): boolean {
    if (typeof value === 'string') return this.#writeText(before, this.#substitute(value, this.#path) ?? value)
    if (Array.isArray(value)) return this.#writeList(before, value)
    if (typeof value === 'object' && value !== null) return this.#writeObject(before, value)
    return this.#put(before + JSON.stringify(value ?? null))
  }

  #writeList(before: string, items: readonly unknown[]): boolean {
    if (!this.#open(`${before}[`)) return false
    for (const [index, item] of items.entries()) if (!this.write(index === 0 ? '' : ',', item)) break
    this.text += ']'
    return true
  }

  #writeObject(before: string, value: object): boolean {
    if (!this.#open(`${before}{`)) return false
    let comma = ''
    for (const [name, field] of Object.entries(value)) {
      if (field === undefined) continue
      this.#path.push(name)
      // A name may be as long as a text.
      const fits = name.length < this.#left && this.write(`${comma}${JSON.stringify(name)}:`, field)
      this.#path.pop()
      if (!fits) {
        this.shortened = true
        break
      }
      comma = ','
    }
    this.text += '}'
    return true
  }

  #writeText(before: string, text: string): boolean {
    if (text.length <= this.#left && this.#fits(before + JSON.stringify(text))) return true
    this.shortened = true
    const room = this.#left - Buffer.byteLength(before)
    const cut = room < LEAST_CUT_BYTES ? undefined : cutText(text, room)
    const isWritten = cut !== undefined && this.#fits(before + cut)
    this.#left = 0
    return isWritten
  }

  /** With a byte set aside for what closes it. */
  #open(piece: string): boolean {
    this.#left -= 1
    return this.#put(piece)
  }

  #put(piece: string): boolean {
    if (this.#fits(piece)) return true
    this.shortened = true
    this.#left = 0
    return false
  }

  #fits(piece: string): boolean {
    const bytes = Buffer.byteLength(piece)
    if (bytes > this.#left) return false
    this.#left -= bytes
    this.text += piece
    return true
  }
}

/** The beginning of a text, with how much is missing, as JSON of so many bytes at most. */
function cutText(text: string, room: number): string | undefined {
  let length = Math.min(text.length, room)
  for (let tries = 0; tries < MOST_TRIES && length > 0; tries += 1) {
    const json = JSON.stringify(`${text.slice(0, length)} … [${text.length - length} more characters]`)
    const bytes = Buffer.byteLength(json)
    if (bytes <= room) return json
    length = Math.floor(length * (room / bytes)) - 8
  }
  return undefined
}
