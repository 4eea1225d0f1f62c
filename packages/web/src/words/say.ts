/** Words by key: what a part asks for, in the language that was chosen. Without React, so that tests and the icon of the tab use it too. */

import { en } from './en.ts'
import { formatOf, type Format, type Language } from './format.ts'
import type { About } from './message.ts'
import { zh } from './zh.ts'

export type WordKey = keyof typeof en

export type Say = <Key extends WordKey>(key: Key, ...about: About<(typeof en)[Key]>) => string

export interface Words {
  readonly language: Language
  readonly say: Say
  readonly format: Format
}

const TABLES = { en, zh } as const
const made = new Map<Language, Words>()

/** The words of a language; the same object each time. */
export function wordsOf(language: Language): Words {
  const before = made.get(language)
  if (before !== undefined) return before
  const table = TABLES[language]
  const format = formatOf(language)
  const say: Say = (key, ...about) => {
    const message: unknown = table[key]
    return typeof message === 'function' ? String(message(format, ...about)) : String(message)
  }
  const words = { language, say, format }
  made.set(language, words)
  return words
}

/** The first language of a browser's list that the page has. */
export function languageFrom(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    if (/^zh\b/i.test(tag)) return 'zh'
    if (/^en\b/i.test(tag)) return 'en'
  }
  return 'en'
}
