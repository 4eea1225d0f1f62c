/** Which of several forms a question speaks of. */

import type { JsonSchema } from '../../generation/index.ts'
import { descriptionOf, enumOf, propertiesOf, refOf, resolveRef } from './schema-view.ts'
import { stemsOf, wordsOf, wordsOfName } from './words.ts'

/** The forms that share most words with the question come first; `asked` are its stems. */
export function byLikeness(
  forms: readonly JsonSchema[],
  root: JsonSchema,
  asked: ReadonlySet<string>,
): readonly JsonSchema[] {
  const scored = forms.map((form) => {
    const target = resolveRef(root, refOf(form) ?? '') ?? form
    return { form, score: [...stemsOf(wordsOfForm(target))].filter((word) => asked.has(word)).length }
  })
  return scored.toSorted((one, other) => other.score - one.score).map(({ form }) => form)
}

/** What a form speaks of: its description, its properties and their options. */
function wordsOfForm(schema: JsonSchema): string[] {
  const words = wordsOf(descriptionOf(schema))
  for (const [name, property] of propertiesOf(schema)) {
    words.push(...wordsOfName(name))
    for (const option of (enumOf(property) ?? []).slice(0, 20)) words.push(...wordsOf(String(option)))
  }
  return words
}
