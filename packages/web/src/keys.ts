/** Every key of the page, once: the table that binds them is the one that lists them under `?`. */

import type { WordKey } from './words/say.ts'

export type Command =
  | 'run'
  | 'palette'
  | 'escape'
  | 'side'
  | 'inspector'
  | 'field'
  | 'copyCode'
  | 'new'
  | 'compare'
  | 'next'
  | 'previous'
  | 'edit'
  | 'fork'
  | 'again'
  | 'copy'
  | 'thinking'
  | 'skip'
  | 'goWorkbench'
  | 'goCompare'
  | 'goRuns'
  | 'goSettings'
  | 'branchBefore'
  | 'branchAfter'
  | 'moveUp'
  | 'moveDown'
  | 'end'
  | 'keys'
  | 'column1'
  | 'column2'
  | 'column3'
  | 'column4'
  | 'differences'

interface Binding {
  readonly command: Command
  /** `Mod` is Ctrl, and ⌘ on a Mac. Two keys with a space are pressed one after the other. */
  readonly keys: string
  readonly says: WordKey
  /** Also while a field has the focus. */
  readonly everywhere?: true
}

export const KEYS: readonly Binding[] = [
  { command: 'run', keys: 'Mod Enter', says: 'run', everywhere: true },
  { command: 'palette', keys: 'Mod k', says: 'palette', everywhere: true },
  { command: 'escape', keys: 'Escape', says: 'stop', everywhere: true },
  { command: 'side', keys: 'Mod b', says: 'sideBar', everywhere: true },
  { command: 'inspector', keys: 'Mod .', says: 'inspector', everywhere: true },
  { command: 'copyCode', keys: 'Mod Shift c', says: 'copyCode', everywhere: true },
  { command: 'new', keys: 'Alt n', says: 'newRequest', everywhere: true },
  { command: 'moveUp', keys: 'Alt ArrowUp', says: 'moveUp', everywhere: true },
  { command: 'moveDown', keys: 'Alt ArrowDown', says: 'moveDown', everywhere: true },
  { command: 'field', keys: '/', says: 'yourMessage' },
  { command: 'compare', keys: 'c', says: 'compare' },
  { command: 'next', keys: 'j', says: 'nextTurn' },
  { command: 'previous', keys: 'k', says: 'previousTurn' },
  { command: 'edit', keys: 'e', says: 'edit' },
  { command: 'fork', keys: 'f', says: 'fork' },
  { command: 'again', keys: 'r', says: 'again' },
  { command: 'copy', keys: 'y', says: 'copyText' },
  { command: 'thinking', keys: 't', says: 'openThinking' },
  { command: 'skip', keys: '.', says: 'skipThinking' },
  { command: 'branchBefore', keys: '[', says: 'branchBefore' },
  { command: 'branchAfter', keys: ']', says: 'branchAfter' },
  { command: 'end', keys: 'End', says: 'followEnd' },
  { command: 'differences', keys: 'd', says: 'differences' },
  { command: 'column1', keys: '1', says: 'column' },
  { command: 'column2', keys: '2', says: 'column' },
  { command: 'column3', keys: '3', says: 'column' },
  { command: 'column4', keys: '4', says: 'column' },
  { command: 'goWorkbench', keys: 'g w', says: 'workbench' },
  { command: 'goCompare', keys: 'g c', says: 'compare' },
  { command: 'goRuns', keys: 'g x', says: 'runs' },
  { command: 'goSettings', keys: 'g s', says: 'settings' },
  { command: 'keys', keys: '?', says: 'keys' },
]

const LABELS: Readonly<Record<string, string>> = {
  Enter: '↵',
  Escape: 'Esc',
  ArrowUp: '↑',
  ArrowDown: '↓',
}

/** As it is printed: `Ctrl K`, or `⌘K` on a Mac. */
export function printedKeys(keys: string, mac: boolean): string {
  const parts = keys.split(' ').map((key) => {
    if (key === 'Mod') return mac ? '⌘' : 'Ctrl'
    if (key === 'Alt') return mac ? '⌥' : 'Alt'
    if (key === 'Shift') return mac ? '⇧' : 'Shift'
    return LABELS[key] ?? (key.length === 1 && keys.includes('Mod') ? key.toUpperCase() : key)
  })
  return parts.join(mac && keys.includes('Mod') ? '' : ' ')
}

export interface Pressed {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
  readonly isComposing: boolean
  readonly keyCode?: number
}

/** True while an input method composes, and for the key that ends it: nothing is done then. */
export const composes = (event: Pressed): boolean => event.isComposing || event.keyCode === 229

function matches(keys: string, event: Pressed, mac: boolean): boolean {
  const parts = keys.split(' ')
  const key = parts.at(-1) ?? ''
  const mod = mac ? event.metaKey : event.ctrlKey
  const other = mac ? event.ctrlKey : event.metaKey
  if (parts.includes('Mod') !== mod || other || parts.includes('Alt') !== event.altKey) return false
  // A sign that needs Shift on some keyboards (`?`) is what it is; letters mind it.
  if (/^[a-z]$/i.test(key) && parts.includes('Shift') !== event.shiftKey) return false
  return event.key.toLowerCase() === key.toLowerCase()
}

const sequence = (keys: string): boolean => /^g \w$/.test(keys)

/** Remembers `g` for a second: the next key says where to. */
export class KeyReader {
  readonly #mac: boolean
  #leader = { key: '', at: 0 }

  constructor(mac: boolean) {
    this.#mac = mac
  }

  /** The command of a key, or undefined. `now` in milliseconds; `inField` where a field has the focus. */
  read(event: Pressed, inField: boolean, now: number): Command | undefined {
    if (composes(event)) return undefined
    const leader = now - this.#leader.at < 1000 ? this.#leader.key : ''
    this.#leader = { key: '', at: 0 }
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey
    if (leader !== '' && plain && !inField)
      return KEYS.find(({ keys }) => keys === `${leader} ${event.key.toLowerCase()}`)?.command
    if (plain && !inField && event.key === 'g') {
      this.#leader = { key: 'g', at: now }
      return undefined
    }
    const found = KEYS.find(({ keys }) => !sequence(keys) && matches(keys, event, this.#mac))
    return found !== undefined && (!inField || found.everywhere === true) ? found.command : undefined
  }
}
