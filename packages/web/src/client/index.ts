/** The one way to an answer for the page, and what stands around it. */

export { Answer, type AnswerOptions, type Place, runHeaders, type Tap } from './run-answer.ts'
export { browser, type Surroundings } from './surroundings.ts'
