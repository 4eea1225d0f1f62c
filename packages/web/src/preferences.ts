/** What a person chose for this browser: language, theme, how thinking is shown, what Enter does. Kept in the browser, and told to other tabs by it. */

import type { Language } from './words/format.ts'
import { languageFrom } from './words/say.ts'

export interface Preferences {
  readonly language: Language | 'system'
  readonly theme: 'system' | 'light' | 'dark'
  readonly thinking: 'window' | 'open' | 'closed'
  readonly enterRuns: boolean
  readonly retry: boolean
  readonly sideClosed: boolean
}

const KEY = 'moonbase-preferences'

const DEFAULTS: Preferences = {
  language: 'system',
  theme: 'system',
  thinking: 'window',
  enterRuns: false,
  retry: true,
  sideClosed: false,
}

const CHOICES: { readonly [Key in keyof Preferences]: readonly Preferences[Key][] } = {
  language: ['system', 'en', 'zh'],
  theme: ['system', 'light', 'dark'],
  thinking: ['window', 'open', 'closed'],
  enterRuns: [true, false],
  retry: [true, false],
  sideClosed: [true, false],
}

/** What was stored, each value only if it is one of ours. */
function checked(stored: unknown): Preferences {
  if (typeof stored !== 'object' || stored === null) return DEFAULTS
  const values = new Map<string, unknown>(Object.entries(stored))
  const pick = <Key extends keyof Preferences>(key: Key): Preferences[Key] =>
    CHOICES[key].find((choice) => choice === values.get(key)) ?? DEFAULTS[key]
  return {
    language: pick('language'),
    theme: pick('theme'),
    thinking: pick('thinking'),
    enterRuns: pick('enterRuns'),
    retry: pick('retry'),
    sideClosed: pick('sideClosed'),
  }
}

function read(): Preferences {
  try {
    const text = localStorage.getItem(KEY)
    const stored: unknown = text === null ? null : JSON.parse(text)
    return checked(stored)
  } catch {
    // No storage, or another's text in it: the defaults hold.
    return DEFAULTS
  }
}

let current = read()
const listeners = new Set<() => void>()

export const preferences = {
  get: (): Preferences => current,
  set: (change: Partial<Preferences>): void => {
    current = { ...current, ...change }
    try {
      localStorage.setItem(KEY, JSON.stringify(current))
    } catch {
      // Nothing is kept here: it holds until the tab is closed.
    }
    for (const listener of listeners) listener()
  },
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
}

addEventListener('storage', ({ key }) => {
  if (key !== KEY) return
  current = read()
  for (const listener of listeners) listener()
})

export function languageOf({ language }: Preferences): Language {
  return language === 'system' ? languageFrom(navigator.languages) : language
}

/** Theme and language on the root element, where styles and screen readers find them. */
export function showPreferences(chosen: Preferences): void {
  const root = document.documentElement
  root.lang = languageOf(chosen) === 'zh' ? 'zh-CN' : 'en'
  if (chosen.theme === 'system') root.removeAttribute('data-theme')
  else root.dataset['theme'] = chosen.theme
}
