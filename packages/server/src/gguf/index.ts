/** The engine that needs this machine: a model in a GGUF file, run by llama.cpp in this process. */

export type { GgufEngine } from './engine.ts'
export { GgufError, type GgufErrorKind } from './gguf-error.ts'
export { type GgufOptions, openGguf } from './open-gguf.ts'
