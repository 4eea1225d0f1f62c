/** Keys of the workbench, over the turn that has the focus: `KEYS` says which they are, here is what they do. */

import type { RefObject } from 'react'
import type { TurnId } from '../conversation/index.ts'
import type { Command } from '../keys.ts'
import type { Desk } from './desk.ts'
import { useKeys } from './use-keys.ts'

interface CommandsOptions {
  readonly desk: Desk
  readonly field: RefObject<HTMLTextAreaElement | null>
  readonly setEditing: (turn: TurnId | null) => void
  readonly toggleThinking: () => void
  readonly toggleInspector: () => void
  readonly copyCode: () => void
  readonly newRequest: () => void
  readonly compare: () => void
}

function focusedTurn(desk: Desk): TurnId | undefined {
  const id = document.activeElement?.closest('.turn')?.id.replace('turn-', '')
  return desk.view.turns.find((turn) => turn.id === id)?.id ?? desk.view.turns.at(-1)?.id
}

function step(desk: Desk, by: 1 | -1): void {
  const { turns } = desk.view
  const focused = document.activeElement?.closest('.turn')?.id.replace('turn-', '')
  const at = turns.findIndex((turn) => turn.id === focused)
  const next = at === -1 ? (by === 1 ? 0 : turns.length - 1) : at + by
  document.getElementById(`turn-${turns[next]?.id ?? ''}`)?.focus()
}

function branch(desk: Desk, turn: TurnId | undefined, by: 1 | -1): void {
  const found = desk.view.turns.find(({ id }) => id === turn)?.branch
  const next = found?.all[found.index + by]
  if (next !== undefined) desk.acts.turns.branch(next)
}

/** Whether the key was for something here. */
function obey(command: Command, options: CommandsOptions): boolean {
  const { desk, field } = options
  const acts: Partial<Record<Command, () => boolean | undefined>> = {
    run: () => done(desk.acts.run),
    escape: () => desk.view.running.length > 0 && done(desk.acts.stop),
    inspector: () => done(options.toggleInspector),
    copyCode: () => done(options.copyCode),
    new: () => done(options.newRequest),
    compare: () => done(options.compare),
    field: () => done(() => field.current?.focus()),
    next: () => done(() => step(desk, 1)),
    previous: () => done(() => step(desk, -1)),
    end: () => done(() => document.dispatchEvent(new CustomEvent('moonbase-end'))),
    thinking: () => done(options.toggleThinking),
    ...turnActs(options),
  }
  return acts[command]?.() === true
}

function done(act: () => unknown): true {
  act()
  return true
}

/** What is done with the turn in focus, or with the last one. */
function turnActs({ desk, setEditing }: CommandsOptions): Partial<Record<Command, () => boolean | undefined>> {
  const { turns } = desk.acts
  const id = focusedTurn(desk)
  const turn = desk.view.turns.find((one) => one.id === id)
  if (turn === undefined) return {}
  const { answer } = turn
  const text = (): string =>
    answer?.text ?? turn.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n')
  return {
    edit: () => done(() => (answer === undefined ? setEditing(turn.id) : turns.act(turn.id, 'edit'))),
    fork: () => done(() => turns.fork(turn.id)),
    again: () => answer !== undefined && done(() => turns.act(turn.id, 'again')),
    copy: () => done(() => turns.copy(text())),
    skip: () => answer?.actions.includes('skip-thinking') === true && done(() => turns.act(turn.id, 'skip-thinking')),
    branchBefore: () => done(() => branch(desk, turn.id, -1)),
    branchAfter: () => done(() => branch(desk, turn.id, 1)),
    moveUp: () => done(() => turns.move(turn.id, -1)),
    moveDown: () => done(() => turns.move(turn.id, 1)),
  }
}

export function useCommands(options: CommandsOptions): void {
  useKeys((command) => obey(command, options))
}
