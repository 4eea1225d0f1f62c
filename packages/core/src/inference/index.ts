/** From a draft to supervised events: the one way to an answer, the same for HTTP, batches, SDK and browser. */
export { counterOf } from './counter-of.ts'
export { failureOf } from './failure-of.ts'
export type { MessageResolver, ResolveContext, Terms } from './message-resolver.ts'
export { type Prepared, type PrepareParts, countDraft, prepare } from './prepare.ts'
export { type RunFacts, newRunFacts } from './run-facts.ts'
export { type Run, type RunEnd, type RunHooks, run } from './run.ts'
