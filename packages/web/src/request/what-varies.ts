/** What is not the same in all columns of a comparison, a few words a thing: only that is shown at their heads. */

import type { ChatRequest } from '@moonbase/protocol'
import type { Words } from '../words/say.ts'
import { readSettings, type SettingsForm } from './settings.ts'

type Told = (form: SettingsForm, words: Words) => string

const TOLD: readonly Told[] = [
  (form) => form.model,
  (form, { say, format }) =>
    `${say('thinking0').toLowerCase()} ${format.language === 'zh' ? (form.thinking ? '开' : '关') : form.thinking ? 'on' : 'off'}`,
  (form, { say, format }) =>
    form.longest === undefined ? '' : `${say('longestAnswer')} ${format.count(form.longest)}`,
  (form, { say }) => say(({ text: 'answerText', json: 'answerJson', schema: 'answerSchema' } as const)[form.answerAs]),
  (form, { say }) => (form.stops.length === 0 ? '' : `${say('stopAt')} ${form.stops.join(' ')}`),
  (form, { say }) =>
    form.tools.length === 0 ? '' : `${say('tools')} ${form.tools.map(({ name }) => name).join(', ')}`,
  (form, { say }) => (form.streams ? '' : `${say('stream')} –`),
]

/** One list of chips a column. */
export function whatVaries(requests: readonly ChatRequest[], words: Words): string[][] {
  const forms = requests.map(readSettings)
  const varying = TOLD.filter((told) => new Set(forms.map((form) => told(form, words))).size > 1)
  return forms.map((form) => varying.map((told) => told(form, words)).filter((chip) => chip !== ''))
}
