/** A conversation as data: what can happen to it, the fold of that, and the view that parts print. */

export type { Phase } from './phase.ts'
