/** The canonical model of a generation, and the pure transforms over its events. Imports no neighbour. */
export * from './clock.ts'
export * from './engine-error.ts'
export * from './engine.ts'
export * from './event.ts'
export * from './request.ts'
export * from './token-counter.ts'
