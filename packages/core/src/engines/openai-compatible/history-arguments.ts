/**
 * The arguments of earlier tool calls, for hosts that parse them before they render them and refuse what is no JSON
 * object. The model does write such arguments now and then, and a conversation must survive it.
 */

import { parseJson } from '@moonbase/protocol'
import { isList, isObject } from './json-object.ts'

/**
 * Arguments that are the JSON of an object stay as they were written, to the character: so does the cached beginning of
 * the prompt. None at all are an empty object. Anything else is put into an object as a text, so that the model still
 * reads what it wrote, beside the complaint of the tool that had to read it.
 */
export function objectArguments(written: string): string {
  if (written.trim() === '') return '{}'
  return isObjectText(written) ? written : JSON.stringify({ malformed_arguments: written })
}

function isObjectText(text: string): boolean {
  try {
    const value: unknown = parseJson(text)
    return isObject(value) && !isList(value)
  } catch {
    // Malformed is one of the two answers.
    return false
  }
}
