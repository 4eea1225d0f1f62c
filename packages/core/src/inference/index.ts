/** From a draft to supervised events: the one way to an answer, the same for HTTP, batches, SDK and browser. */
export { failureOf } from './failure-of.ts'
