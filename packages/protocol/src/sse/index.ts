/** Server-sent events: read from bytes, written as text. */
export * from './encode-sse.ts'
export * from './sse-parser.ts'
