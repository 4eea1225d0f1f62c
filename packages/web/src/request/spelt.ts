/** The spellings as the API tab prints them: names, sources and remarks in the language of the page. */

import type { ChatRequest } from '@moonbase/protocol'
import { SPELLINGS, type Words } from '../spellings/index.ts'
import type { Language } from '../words/format.ts'

export interface SpellingShown {
  readonly id: string
  readonly name: string
  readonly language: string
  readonly tested: string
  /** Why nobody can run it yet; empty where it was run. */
  readonly waiting: string
}

export interface SpeltShown {
  readonly source: string
  readonly notes: readonly string[]
}

const HIGHLIGHTED: Readonly<Record<string, string>> = { shell: 'bash' }

const inLanguage = (words: Words | undefined, language: Language): string => words?.[language] ?? ''

export function spellingsShown(language: Language): SpellingShown[] {
  return SPELLINGS.map((spelling) => ({
    id: spelling.id,
    name: spelling.name,
    language: HIGHLIGHTED[spelling.language] ?? spelling.language,
    tested: [spelling.tested.client, spelling.tested.version, inLanguage(spelling.tested.remark, language)]
      .filter((part) => part !== undefined && part !== '')
      .join(' '),
    waiting: inLanguage(spelling.waiting, language),
  }))
}

interface SpellOptions {
  readonly language: Language
  readonly baseUrl: string
  readonly everything: boolean
  readonly withMedia: boolean
  readonly headers: Readonly<Record<string, string>>
}

/** What no program can hold is said in the place of the program. */
export function spelt(id: string, request: ChatRequest, options: SpellOptions): SpeltShown {
  const spelling = SPELLINGS.find((one) => one.id === id)
  if (spelling === undefined) return { source: '', notes: [] }
  const { language, ...rest } = options
  try {
    const { source, notes } = spelling.spell(request, rest)
    return { source, notes: notes.map(({ words }) => inLanguage(words, language)) }
  } catch (error) {
    return { source: '', notes: [error instanceof Error ? error.message : String(error)] }
  }
}

export function hasMedia({ messages }: ChatRequest): boolean {
  return messages.some(({ content }) => Array.isArray(content) && content.some(({ type }) => type !== 'text'))
}
