/** What is fetched for a client from the public internet, and from nowhere else. */
export { FairFetch } from './fair-fetch.ts'
export { type OutgoingReply, type OutgoingRequest, guardedFetch } from './guarded-fetch.ts'
export { OutgoingError, type OutgoingErrorKind } from './outgoing-error.ts'
