/**
 * Long strings of a parsed body, on their way between threads: their characters in one block of bytes, and where each belongs.
 *
 * What a thread is sent is made anew there at once, and holds it up. A block changes hands without a copy, and of bytes V8 makes
 * strings that are kept outside its heap: a picture of 100 MB holds the event loop for a fifth of what parsing it takes.
 */

/** Shorter ones stay where they are. */
const LONG_CHARACTERS = 4096

export interface MovedString {
  /** From the root to it. Empty: it is the root. */
  readonly path: readonly (string | number)[]
  /** In the block. */
  readonly from: number
  readonly to: number
  /** Whether each character takes two bytes, or one. */
  readonly wide: boolean
}

export interface TakenApart {
  /** The value with `null` in the place of each long string. */
  readonly value: unknown
  readonly block: Uint8Array<ArrayBuffer>
  readonly strings: readonly MovedString[]
}

type Container = Record<string | number, unknown>

/** Changes the value. It is no deeper than the shape guard lets pass. */
export function takeApart(whole: unknown): TakenApart {
  const root: Container = { whole }
  const strings: MovedString[] = []
  const texts: string[] = []
  let bytes = 0
  const move = (text: string, path: readonly (string | number)[]): void => {
    const wide = WIDE.test(text)
    const from = wide ? bytes + (bytes % 2) : bytes
    bytes = from + text.length * (wide ? 2 : 1)
    // Without the root's own name.
    strings.push({ path: path.slice(1), from, to: bytes, wide })
    texts.push(text)
  }
  const walk = (container: Container, path: readonly (string | number)[]): void => {
    for (const key of Object.keys(container)) {
      const value = container[key]
      const place = Array.isArray(container) ? Number(key) : key
      if (typeof value === 'string' && value.length >= LONG_CHARACTERS) {
        move(value, [...path, place])
        put(container, key, null)
      } else if (isContainer(value)) walk(value, [...path, place])
    }
  }
  walk(root, [])
  const block = new Uint8Array(bytes)
  const buffer = Buffer.from(block.buffer)
  for (const [index, { from, wide }] of strings.entries()) {
    buffer.write(texts[index] ?? '', from, wide ? 'utf16le' : 'latin1')
  }
  return { value: root['whole'], block, strings }
}

/** Changes the value, and keeps nothing of the block. */
export function putTogether({ value, block, strings }: TakenApart): unknown {
  const root: Container = { whole: value }
  const buffer = Buffer.from(block.buffer)
  for (const { path, from, to, wide } of strings) {
    const text = buffer.toString(wide ? 'utf16le' : 'latin1', from, to)
    const last = path.at(-1)
    let container: unknown = root
    for (const key of last === undefined ? [] : ['whole', ...path.slice(0, -1)]) {
      container = isContainer(container) ? container[key] : undefined
    }
    if (isContainer(container)) put(container, last ?? 'whole', text)
  }
  // Not when it is collected, which may be much later.
  block.buffer.transfer(0)
  return root['whole']
}

// oxlint-disable-next-line no-control-regex -- all characters that fit into a byte
const WIDE = /[^\x00-\xff]/

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null
}

/** A key may be `__proto__`, which means nothing to JSON. */
function put(container: Container, key: string | number, value: unknown): void {
  Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true })
}
