/** Streams that a client can come back to. */
export { followStream } from './follow-stream.ts'
export { StreamStore } from './stream-store.ts'
export { streamWishes } from './stream-wishes.ts'
export type { StreamWriter } from './stream-writer.ts'
