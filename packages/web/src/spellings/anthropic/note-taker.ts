/** Collects what the Messages API has no place for, or says in another way. */

import type { SpellingNote, Words } from '../spelling.ts'

export class NoteTaker {
  readonly notes: SpellingNote[] = []

  leftOut(field: string, words: Words = NO_PLACE): void {
    this.notes.push({ kind: 'left out', field, words })
  }

  instead(field: string, words: Words): void {
    this.notes.push({ kind: 'instead', field, words })
  }
}

const NO_PLACE: Words = {
  en: 'The Messages API has no place for it.',
  zh: 'Messages API 里没有它的位置。',
}
