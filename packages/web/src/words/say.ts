/** Words by key: what a part asks for, in the language that was chosen. Without React, so that tests use it too. */

import { en } from './en.ts'
import { formatOf, type Format, type Language } from './format.ts'
import type { About, Translated } from './message.ts'

export type WordKey = keyof typeof en

export type Say = <Key extends WordKey>(key: Key, ...about: About<(typeof en)[Key]>) => string

export interface Words {
  readonly language: Language
  readonly say: Say
  readonly format: Format
}

/** English is there from the first moment; another language is a file of its own, for who reads it. */
const tables = new Map<Language, Translated<typeof en>>([['en', en]])
const made = new Map<Language, Words>()

/** Fails where the file does not come: the page then goes on in the language that it has. */
export async function loadLanguage(language: Language): Promise<void> {
  if (language === 'zh' && !tables.has('zh')) tables.set('zh', (await import('./zh.ts')).zh)
}

/** The words of a language that was loaded, else English; the same object each time. */
export function wordsOf(wanted: Language): Words {
  const language = tables.has(wanted) ? wanted : 'en'
  const before = made.get(language)
  if (before !== undefined) return before
  const table = tables.get(language) ?? en
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
