/** A conversation as data: what can happen to it, the fold of that, and the view that parts print. */

export type * from './block.ts'
export type * from './conversation-view.ts'
export * from './conversation.ts'
export type * from './event.ts'
export type * from './phase.ts'
export type * from './turn.ts'
