/** MFJS, Moonshot Flavored JSON Schema: what the platform takes as tool parameters and as a form for its answers. */
export { firstMismatch } from './first-mismatch.ts'
export type { JsonObject, JsonValue } from './json.ts'
export { MFJS_LIMITS, type MfjsLimits } from './mfjs-limits.ts'
export { mfjsRules } from './mfjs-rules.ts'
export { describeProblem, type MfjsProblem } from './mfjs-problem.ts'
export { type MfjsLevel, type MfjsOptions, validateMfjs } from './validate-mfjs.ts'
export { validateMfjsText } from './validate-mfjs-text.ts'
export { MOST_CHANGES, type Relaxed, relaxMfjs, type RelaxOptions } from './relax/relax-mfjs.ts'
