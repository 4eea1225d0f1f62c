/** Keys of the workbench, over the turn that has the focus: `KEYS` says which they are, here is what they do. */

import { useEffect, useRef, type RefObject } from 'react'
import type { TurnId } from '../conversation/index.ts'
import { KeyReader, type Command } from '../keys.ts'
import { onMac } from '../parts/keys-table.tsx'
import type { Desk } from './desk.ts'

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

/** Where typing goes into a text. */
export function inField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable="true"]') !== null
}

/** A dialog or a menu is open: its keys are its own. */
export function underDialog(): boolean {
  return document.querySelector('[role="dialog"], [role="menu"]') !== null
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

function obey(command: Command, options: CommandsOptions): boolean {
  const { desk, field } = options
  const { turns } = desk.acts
  const id = focusedTurn(desk)
  const turn = desk.view.turns.find((one) => one.id === id)
  switch (command) {
    case 'run':
      desk.acts.run()
      return true
    case 'escape':
      if (desk.view.running.length === 0) return false
      desk.acts.stop()
      return true
    case 'inspector':
      options.toggleInspector()
      return true
    case 'copyCode':
      options.copyCode()
      return true
    case 'new':
      options.newRequest()
      return true
    case 'compare':
      options.compare()
      return true
    case 'field':
      field.current?.focus()
      return true
    case 'next':
    case 'previous':
      step(desk, command === 'next' ? 1 : -1)
      return true
    case 'end':
      document.dispatchEvent(new CustomEvent('moonbase-end'))
      return true
    case 'thinking':
      options.toggleThinking()
      return true
    default:
  }
  if (turn === undefined) return false
  switch (command) {
    case 'edit':
      if (turn.answer === undefined) options.setEditing(turn.id)
      else turns.act(turn.id, 'edit')
      return true
    case 'fork':
      turns.fork(turn.id)
      return true
    case 'again':
      if (turn.answer !== undefined) turns.act(turn.id, 'again')
      return true
    case 'copy':
      turns.copy(
        turn.answer?.text ?? turn.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n'),
      )
      return true
    case 'skip':
      if (turn.answer?.actions.includes('skip-thinking') === true) turns.act(turn.id, 'skip-thinking')
      return true
    case 'branchBefore':
    case 'branchAfter':
      branch(desk, turn.id, command === 'branchAfter' ? 1 : -1)
      return true
    case 'moveUp':
    case 'moveDown':
      turns.move(turn.id, command === 'moveDown' ? 1 : -1)
      return true
    default:
      return false
  }
}

export function useCommands(options: CommandsOptions): void {
  const latest = useRef(options)
  useEffect(() => {
    latest.current = options
  })
  useEffect(() => {
    const reader = new KeyReader(onMac)
    const pressed = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || underDialog()) return
      const command = reader.read(event, inField(event.target), performance.now())
      if (command !== undefined && obey(command, latest.current)) event.preventDefault()
    }
    document.addEventListener('keydown', pressed)
    return () => document.removeEventListener('keydown', pressed)
  }, [])
}
