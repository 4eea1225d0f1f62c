/** Keys of a screen: `obey` says whether one was for it. Keys of a dialog or a menu are its own. */

import { useEffect, useRef } from 'react'
import { KeyReader, type Command } from '../keys.ts'
import { onMac } from '../parts/on-mac.ts'

/** Where typing goes into a text. */
function inField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable="true"]') !== null
}

function underDialog(): boolean {
  return document.querySelector('[role="dialog"], [role="menu"]') !== null
}

export function useKeys(obey: (command: Command) => boolean): void {
  const latest = useRef(obey)
  useEffect(() => {
    latest.current = obey
  })
  useEffect(() => {
    const reader = new KeyReader(onMac)
    const pressed = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || underDialog()) return
      const command = reader.read(event, inField(event.target), performance.now())
      if (command !== undefined && latest.current(command)) event.preventDefault()
    }
    document.addEventListener('keydown', pressed)
    return () => document.removeEventListener('keydown', pressed)
  }, [])
}
