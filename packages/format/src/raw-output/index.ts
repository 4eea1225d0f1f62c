/** The reading of what the model writes. */
export type { RawEvent, RawPlace } from './raw-event.ts'
export { RawOutputLimitError, type RawOutputLimits } from './raw-output-limits.ts'
export { RawOutputParser, type RawOutputOptions } from './raw-output-parser.ts'
export { readRawOutput } from './read-raw-output.ts'
export { REPAIR_KINDS, type RepairKind } from './repair-kind.ts'
