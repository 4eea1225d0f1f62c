/** Answers in JSON: by a schema, by the keys that the prompt names, or by an example that it shows. */

import { parseJson } from '@moonbase/protocol'
import { EngineError, type GenerationRequest, type JsonSchema } from '../../generation/index.ts'
import { withoutContradictions } from './consistent-bounds.ts'
import type { Conversation } from './conversation.ts'
import type { Decision } from './decision.ts'
import { NoInstanceError } from './instance-budget.ts'
import { namedKeys } from './named-keys.ts'
import { InstanceMaker } from './schema-instance.ts'
import { isRecord } from './schema-view.ts'
import { ValueFinder } from './value-finder.ts'

export interface JsonForm {
  readonly schema: JsonSchema
  /** What the form comes from, for the reasoning. */
  readonly origin: string
  /** Whether the answer must fit it, or is only better when it does. */
  readonly binding: boolean
  /** The part of the prompt that describes the form: no value is taken from there. */
  readonly described?: string
}

/** The form that an answer to this request has to have, or `undefined` when it is free text. */
export function jsonFormOf(
  { responseFormat }: Pick<GenerationRequest, 'responseFormat'>,
  conversation: Conversation,
): JsonForm | undefined {
  switch (responseFormat.type) {
    case 'json_schema':
      return {
        schema: withoutContradictions(responseFormat.schema),
        origin: `the schema ${responseFormat.name}`,
        binding: responseFormat.strict,
      }
    case 'json_object':
      return (
        formInPrompt(conversation) ?? {
          schema: formWithKeys(['answer']),
          origin: 'the request for a JSON object',
          binding: false,
        }
      )
    case 'text':
      return asksForJson(conversation) ? formInPrompt(conversation) : undefined
  }
}

/** `plain` is what the engine would answer in words: it fills the properties that hold prose. */
export function answerInJson(form: JsonForm, conversation: Conversation, plain: Decision, engine: string): Decision {
  const value = instanceFor(form, conversation, plain, engine)
  const pretty = /\b(?:pretty|indent(?:ed)?|formatted|human[- ]readable)\b/i.test(
    `${conversation.system}\n${conversation.asked}`,
  )
  return {
    thought: `The answer has to be JSON by ${form.origin}, so I fill that form from the message.`,
    text: JSON.stringify(value, undefined, pretty ? 2 : undefined),
  }
}

/** The maker that fills the form: also what goes on from a form that was begun. */
export function makerFor(form: JsonForm, conversation: Conversation, plain: Decision): InstanceMaker {
  const results = conversation.outcomes.map(({ result }) => result)
  const earlier = conversation.earlier.filter(({ role }) => role === 'user').map(({ text }) => text)
  const asked = form.described === undefined ? conversation.asked : conversation.asked.replace(form.described, '. ')
  const finder = new ValueFinder([asked, ...results.slice(-4), ...earlier.slice(-2).toReversed()])
  return new InstanceMaker(form.schema, { finder, complete: true, prose: plain.core ?? plain.brief ?? plain.text })
}

function instanceFor(form: JsonForm, conversation: Conversation, plain: Decision, engine: string): unknown {
  try {
    return makerFor(form, conversation, plain).make()
  } catch (error) {
    if (!(error instanceof NoInstanceError)) throw error
    if (!form.binding) return { answer: plain.text }
    throw new EngineError('refused', `the response schema cannot be filled: ${error.message}`, {
      engine,
      cause: error,
      publicMessage: `Invalid request: response_format.json_schema.schema cannot be filled: ${error.message}`,
    })
  }
}

/** A prompt that wants JSON without saying so in `response_format`. */
function asksForJson({ system, asked }: Conversation): boolean {
  return ASKS_FOR_JSON.test(asked) || ASKS_FOR_JSON.test(system)
}

const ASKS_FOR_JSON =
  /\b(?:answer|respond|reply|return|output|produce|give me|format(?:ted)?|write|generate|print)\b[^.\n]{0,60}\bjson\b|\bjson\b[^.\n]{0,30}\b(?:only|format|object)\b/i

function formInPrompt({ system, asked }: Conversation): JsonForm | undefined {
  for (const text of [asked, system]) {
    const example = formByExample(text)
    if (example !== undefined) return { ...example, origin: 'the example in the prompt', binding: false }
    const named = namedKeys(text, MOST_KEYS)
    if (named.keys.length === 0) continue
    return {
      schema: formWithKeys(named.keys),
      origin: 'the keys named in the prompt',
      binding: false,
      described: named.described,
    }
  }
  return undefined
}

const MOST_KEYS = 40
const EXAMPLE_CHARACTERS = 8_000

/** `{"name": "…", "age": 0}` in the prompt, valid or sketched: its keys, with the types that its values show. */
function formByExample(text: string): { schema: JsonSchema; described: string } | undefined {
  const start = text.search(/\{\s*["'“]?[\p{L}_$][\p{L}\p{N}_$ -]{0,60}["'”]?\s*:/u)
  if (start === -1) return undefined
  const sketch = balanced(text.slice(start, start + EXAMPLE_CHARACTERS))
  if (sketch === undefined) return undefined
  const example = parsedObject(sketch)
  if (example !== undefined) return { schema: formOfExample(example, 0), described: sketch }
  const keys = [...sketch.matchAll(/["“']([\p{L}_$][\p{L}\p{N}_$ -]{0,60})["”']\s*:\s*["'<]?\s*(\p{L}{0,12})/gu)]
  const properties = keys
    .slice(0, MOST_KEYS)
    .map(([, key = '', type = '']): [string, JsonSchema] => [key, formOfTypeWord(key, type)])
  return properties.length === 0 ? undefined : { schema: objectForm(properties), described: sketch }
}

function balanced(text: string): string | undefined {
  let depth = 0
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '{') depth += 1
    else if (text[index] === '}') depth -= 1
    if (depth === 0) return text.slice(0, index + 1)
  }
  return undefined
}

function parsedObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = parseJson(text)
    return isRecord(value) ? value : undefined
  } catch {
    // A sketch such as {"name": string}: read by its keys instead.
    return undefined
  }
}

const MAXIMUM_EXAMPLE_DEPTH = 6

function formOfExample(value: unknown, depth: number): JsonSchema {
  if (depth > MAXIMUM_EXAMPLE_DEPTH || value === null) return {}
  if (Array.isArray(value))
    return {
      type: 'array',
      items: value.length === 0 ? { type: 'string' } : formOfExample(value[0], depth + 1),
      minItems: 1,
    }
  if (typeof value === 'object') {
    return objectForm(
      Object.entries(value).map(([key, member]): [string, JsonSchema] => [key, formOfExample(member, depth + 1)]),
    )
  }
  if (typeof value === 'number') return { type: Number.isInteger(value) ? 'integer' : 'number' }
  return { type: typeof value === 'boolean' ? 'boolean' : 'string' }
}

function formWithKeys(keys: readonly string[]): JsonSchema {
  return objectForm(keys.map((key): [string, JsonSchema] => [key, formOfTypeWord(key, '')]))
}

function objectForm(properties: readonly (readonly [string, JsonSchema])[]): JsonSchema {
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: properties.map(([key]) => key),
    additionalProperties: false,
  }
}

/** The type that a sketch names, else the one that the key's name suggests. */
function formOfTypeWord(key: string, type: string): JsonSchema {
  if (/^(?:string|str|text)/i.test(type)) return { type: 'string' }
  if (/^(?:int|integer)/i.test(type)) return { type: 'integer' }
  if (/^(?:num|number|float|double)/i.test(type)) return { type: 'number' }
  if (/^bool/i.test(type) || /^(?:is|has|can|should)[_A-Z]/.test(key)) return { type: 'boolean' }
  if (
    /^(?:age|year|count|number|quantity|total|score|rating|rank|id_number|population|amount|price|cost)$|_(?:count|number|total|score|age|year)$/i.test(
      key,
    )
  )
    return { type: 'number' }
  if (/^(?:tags|items|list|keywords|results|names|steps|colors|colours|cities|topics|entities|options)$/i.test(key))
    return { type: 'array', items: { type: 'string' }, minItems: 1 }
  return { type: 'string' }
}
