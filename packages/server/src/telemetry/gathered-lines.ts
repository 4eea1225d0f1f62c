/** Lines gathered into few large writes: each write wakes a thread, and one for every line cost as much as the request. */

export interface LineSink {
  write(text: string): unknown
}

/** Characters that are gathered before a write does not wait any longer. */
const FULL = 64 * 1024
/** The longest that a line waits. */
const WAIT_MS = 500

/**
 * Stands in front of the log's own stream, which gathers too, but measures all it has gathered again for each line.
 * `flush` hands over what is here, and is to be called before the process ends.
 */
export class GatheredLines implements LineSink {
  readonly #sink: LineSink
  #lines: string[] = []
  #characters = 0
  #timer: NodeJS.Timeout | undefined

  constructor(sink: LineSink) {
    this.#sink = sink
  }

  write(line: string): void {
    this.#lines.push(line)
    this.#characters += line.length
    if (this.#characters >= FULL) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), WAIT_MS).unref()
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#lines.length === 0) return
    const text = this.#lines.join('')
    this.#lines = []
    this.#characters = 0
    this.#sink.write(text)
  }
}
