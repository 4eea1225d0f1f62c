/** Values as Python and JavaScript write them down: nothing is run, and what is no literal is named as unknown. */

/** A variable, a call, a template with something in it. */
export const UNKNOWN = Symbol('unknown')

export type Literal =
  | string
  | number
  | boolean
  | null
  | typeof UNKNOWN
  | readonly Literal[]
  | { readonly [name: string]: Literal }

/** Deeper than any request. */
const MOST_DEPTH = 64

const SPACE = /(?:\s+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y
const NUMBER = /[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/y
const NAME = /[A-Za-z_$][\w$]*/y
const WORDS: Readonly<Record<string, boolean | null>> = {
  True: true,
  true: true,
  False: false,
  false: false,
  None: null,
  null: null,
  undefined: null,
}
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
  '\n': '',
}

/** Reads one text from a place on; it throws {@link SyntaxError} where it cannot go on. */
export class LiteralReader {
  readonly #text: string
  #at: number
  #depth = 0

  constructor(text: string, at: number) {
    this.#text = text
    this.#at = at
  }

  /** What stands between brackets that are open already: `name=value` of a call, or one object. */
  call(): Readonly<Record<string, Literal>> {
    const fields = new Map<string, Literal>()
    while (!this.#take(')')) {
      const from = this.#at
      const name = this.#match(NAME)
      if (name !== '' && this.#take('=')) fields.set(name, this.value())
      else {
        this.#at = from
        const value = this.value()
        if (isTable(value)) for (const [field, one] of Object.entries(value)) fields.set(field, one)
      }
      if (!this.#take(',') && !this.#sees(')')) throw new SyntaxError(`no call at ${this.#at}`)
    }
    return Object.fromEntries(fields)
  }

  value(): Literal {
    this.#space()
    if (this.#depth >= MOST_DEPTH) throw new SyntaxError('too deep')
    this.#depth += 1
    const value = this.#one()
    this.#depth -= 1
    return this.#isWhole() ? value : this.#unknown()
  }

  #one(): Literal {
    const sign = this.#text.charAt(this.#at)
    if (sign === '{') return this.#table()
    if (sign === '[' || sign === '(') return this.#list(CLOSING[sign] ?? ']')
    if (sign === '"' || sign === "'" || sign === '`') return this.#texts()
    const number = this.#match(NUMBER)
    if (number !== '') return Number(number.replaceAll('_', ''))
    const name = this.#match(NAME)
    if (name === '') throw new SyntaxError(`no value at ${this.#at}`)
    return WORDS[name] ?? (name in WORDS ? null : UNKNOWN)
  }

  #table(): Literal {
    this.#at += 1
    const fields: [string, Literal][] = []
    while (!this.#take('}')) {
      this.#space()
      const isQuoted = /["']/.test(this.#text.charAt(this.#at))
      const name = isQuoted ? this.#texts() : this.#match(NAME)
      if (typeof name !== 'string' || (name === '' && !isQuoted)) throw new SyntaxError(`no name at ${this.#at}`)
      // A variable of the same name.
      fields.push([name, this.#take(':') ? this.value() : UNKNOWN])
      if (!this.#take(',') && !this.#sees('}')) throw new SyntaxError(`no table at ${this.#at}`)
    }
    return Object.fromEntries(fields)
  }

  #list(closing: string): Literal {
    this.#at += 1
    const values: Literal[] = []
    let isTuple = closing === ']'
    while (!this.#take(closing)) {
      values.push(this.value())
      if (this.#take(',')) isTuple = true
      else if (!this.#sees(closing)) throw new SyntaxError(`no list at ${this.#at}`)
    }
    // In round brackets one value is that value.
    return isTuple ? values : (values[0] ?? [])
  }

  /** Texts that stand behind each other are one in Python; JavaScript joins them by `+`. */
  #texts(): Literal {
    let text: string | typeof UNKNOWN = this.#quoted()
    for (;;) {
      const from = this.#at
      this.#take('+')
      this.#space()
      if (!/["'`]/.test(this.#text.charAt(this.#at))) {
        this.#at = from
        return text
      }
      const next = this.#quoted()
      text = text === UNKNOWN || next === UNKNOWN ? UNKNOWN : text + next
    }
  }

  #quoted(): string | typeof UNKNOWN {
    const quote = this.#text.charAt(this.#at)
    const marks = this.#text.startsWith(quote.repeat(3), this.#at) && quote !== '`' ? quote.repeat(3) : quote
    this.#at += marks.length
    let text = ''
    let isFilled = false
    while (!this.#text.startsWith(marks, this.#at)) {
      const sign = this.#text.charAt(this.#at)
      if (sign === '' || (sign === '\n' && marks.length === 1 && quote !== '`'))
        throw new SyntaxError('a text without an end')
      if (quote === '`' && this.#text.startsWith('${', this.#at)) isFilled = true
      text += sign === '\\' ? this.#escape() : sign
      if (sign !== '\\') this.#at += 1
    }
    this.#at += marks.length
    return isFilled ? UNKNOWN : text
  }

  #escape(): string {
    const code = /\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|U([0-9a-fA-F]{8}))/y
    code.lastIndex = this.#at
    const found = code.exec(this.#text)
    if (found !== null) {
      this.#at = code.lastIndex
      const point = Number.parseInt(found.slice(1).find((digits) => digits !== undefined) ?? '', 16)
      return point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd'
    }
    const sign = this.#text.charAt(this.#at + 1)
    this.#at += 2
    return ESCAPES[sign] ?? sign
  }

  /** A value is followed by what ends it; anything else makes an expression of it. */
  #isWhole(): boolean {
    this.#space()
    return this.#at >= this.#text.length || /[,)\]}:]/.test(this.#text.charAt(this.#at))
  }

  /** Past an expression: to the comma or the bracket that ends it, with the brackets and texts in it. */
  #unknown(): typeof UNKNOWN {
    const open: string[] = []
    for (; this.#at < this.#text.length; this.#at += 1) {
      const sign = this.#text.charAt(this.#at)
      if (/["'`]/.test(sign)) {
        this.#quoted()
        this.#at -= 1
      } else if (CLOSING[sign] !== undefined) open.push(CLOSING[sign])
      else if (sign === open.at(-1)) open.pop()
      else if (open.length === 0 && /[,)\]}]/.test(sign)) break
    }
    return UNKNOWN
  }

  #space(): void {
    SPACE.lastIndex = this.#at
    SPACE.test(this.#text)
    this.#at = SPACE.lastIndex
  }

  #match(pattern: RegExp): string {
    this.#space()
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found
  }

  #sees(sign: string): boolean {
    this.#space()
    return this.#text.charAt(this.#at) === sign
  }

  #take(sign: string): boolean {
    const isThere = this.#sees(sign)
    if (isThere) this.#at += 1
    return isThere
  }
}

export function isTable(value: Literal): value is { readonly [name: string]: Literal } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
