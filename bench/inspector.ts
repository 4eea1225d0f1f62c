/** A Node process asked through its inspector (Chrome's DevTools protocol over a WebSocket), and each of its workers as well. */

/** Given to Node, opens one at a free port, whose address Node says on its error stream before it runs anything. */
export const INSPECT = '--inspect=127.0.0.1:0'
/** That line, and the address in it. */
export const INSPECTOR_ADDRESS = /^Debugger listening on (ws:\/\/127\.0\.0\.1:\S+)$/m

const CALL_LIMIT_MS = 20_000

/** One isolate of the process: its main thread, or a worker by the name that the inspector has for it. */
export type Thread = 'main' | { readonly worker: string }

export class Inspector {
  readonly #socket: WebSocket
  readonly #opened = Promise.withResolvers<void>()
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  readonly #workers = new Set<string>()
  #lastId = 0

  private constructor(address: string) {
    this.#socket = new WebSocket(address)
    this.#socket.addEventListener('open', () => this.#opened.resolve())
    this.#socket.addEventListener('message', ({ data }) => this.#hear(String(data)))
    this.#socket.addEventListener('error', () => this.#fail('inspector-closed: the connection failed'))
    this.#socket.addEventListener('close', () => this.#fail('inspector-closed: the process or its inspector ended'))
  }

  static async open(address: string): Promise<Inspector> {
    const inspector = new Inspector(address)
    await within(inspector.#opened.promise, 'to connect')
    // Workers that run already are told of before this is answered.
    await inspector.call('main', 'NodeWorker.enable', { waitForDebuggerOnStart: false })
    return inspector
  }

  /** The isolates that there are now. */
  get threads(): readonly Thread[] {
    return ['main', ...[...this.#workers].map((worker) => ({ worker }))]
  }

  /** Resolves with what the method returned. */
  async call(thread: Thread, method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#lastId
    const message = { id, method, params }
    const answer = Promise.withResolvers<unknown>()
    this.#waiting.set(id, answer)
    try {
      const [value] = await Promise.all([within(answer.promise, method), this.#send(thread, message)])
      return value
    } finally {
      this.#waiting.delete(id)
    }
  }

  /** The value of an expression that makes a string. */
  async evaluate(thread: Thread, expression: string): Promise<string> {
    const answer = await this.call(thread, 'Runtime.evaluate', { expression, returnByValue: true })
    const value = field(field(answer, 'result'), 'value')
    if (typeof value !== 'string') throw new Error(`inspector-answer: ${expression} made ${JSON.stringify(answer)}`)
    return value
  }

  close(): void {
    this.#socket.close()
  }

  async #send(thread: Thread, message: object): Promise<void> {
    const text = JSON.stringify(message)
    if (thread === 'main') this.#socket.send(text)
    else await this.call('main', 'NodeWorker.sendMessageToWorker', { sessionId: thread.worker, message: text })
  }

  #hear(text: string): void {
    const message: unknown = JSON.parse(text)
    const params = field(message, 'params')
    const worker = field(params, 'sessionId')
    switch (field(message, 'method')) {
      case 'NodeWorker.attachedToWorker':
        this.#workers.add(String(worker))
        break
      case 'NodeWorker.detachedFromWorker':
        this.#workers.delete(String(worker))
        break
      case 'NodeWorker.receivedMessageFromWorker':
        this.#hear(String(field(params, 'message')))
        break
      case undefined:
        this.#settle(message)
    }
  }

  #settle(message: unknown): void {
    const waiting = this.#waiting.get(Number(field(message, 'id')))
    const error = field(message, 'error')
    if (error === undefined) waiting?.resolve(field(message, 'result'))
    else waiting?.reject(new Error(`inspector-answer: ${JSON.stringify(error)}`))
  }

  #fail(why: string): void {
    const error = new Error(why)
    this.#opened.reject(error)
    for (const waiting of this.#waiting.values()) waiting.reject(error)
  }
}

async function within<Value>(answer: Promise<Value>, what: string): Promise<Value> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new Error(`inspector-time: no answer to ${what} in ${CALL_LIMIT_MS} ms`)),
    CALL_LIMIT_MS,
  )
  try {
    return await Promise.race([answer, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined
}
