/** Where engines usually listen on the machine that they run on. */

export interface EnginePlace {
  /** What usually listens there, for messages. What does is asked. */
  readonly name: string
  /** Scheme, host and port. */
  readonly origin: string
}

/** llama-server moved from 8080 to 9931. All on the loopback of IPv4, to which each of them binds by default. */
export const USUAL_PLACES: readonly EnginePlace[] = [
  { name: 'vLLM', origin: 'http://127.0.0.1:8000' },
  { name: 'SGLang', origin: 'http://127.0.0.1:30000' },
  { name: 'KTransformers', origin: 'http://127.0.0.1:10002' },
  { name: 'llama-server', origin: 'http://127.0.0.1:8080' },
  { name: 'llama-server', origin: 'http://127.0.0.1:9931' },
  { name: 'Ollama', origin: 'http://127.0.0.1:11434' },
  { name: 'LM Studio', origin: 'http://127.0.0.1:1234' },
]
