/** What turns ask for: the screen above them knows how it is done. The object stays the same, so that turns are not drawn anew. */

import type { Action, RunId, TurnId } from '../conversation/index.ts'

export interface TurnActs {
  readonly act: (turn: TurnId, action: Action) => void
  readonly fork: (turn: TurnId) => void
  readonly copy: (text: string) => void
  readonly branch: (turn: TurnId) => void
  readonly edit: (turn: TurnId, text: string, run: boolean) => void
  readonly remove: (turn: TurnId) => void
  readonly move: (turn: TurnId, by: -1 | 1) => void
  readonly turnOn: (turn: TurnId, on: boolean) => void
  readonly setResult: (run: RunId, call: number, text: string | null) => void
  /** What a tool answers by example, where it has one. */
  readonly example: (tool: string) => string | undefined
  readonly showPlace: (path: string) => void
}
