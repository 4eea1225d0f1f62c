/** The one way to an answer for the page, and what stands around it. */

export type { AnswerOptions, Place, Tap } from './answer-options.ts'
export { Answer, runHeaders } from './run-answer.ts'
export { browser, type Surroundings } from './surroundings.ts'
