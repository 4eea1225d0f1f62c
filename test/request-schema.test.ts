/** The schema that forms are built from says what the contract does: what it allows passes, and what is next to it does not. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type UnfittedRequest, draftRules, fitWindow } from '@moonbase/core/contract'
import { moonshot } from '@moonbase/core/dialects/moonshot'
import { assertResolved, mediaFromUrl } from '@moonbase/core/generation'
import { ApiError, CHAT_FIELDS, type FieldSchema, MODELS, type Model, chatRequestSchema } from '@moonbase/protocol'
import { mfjsRules } from '@moonbase/protocol/mfjs'
import { tinyCounter } from './support/tiny-counter.ts'

const dialect = moonshot(mediaFromUrl)
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const user = { role: 'user', content: 'Hello' }

type Body = Readonly<Record<string, unknown>>

/** Known, and never taken: each is refused whatever its value, or stands elsewhere. */
const NEVER_TAKEN = new Set(['partial', 'logprobs', 'top_logprobs', 'functions', 'function_call'])

const APART = new Set([
  'thinking',
  'reasoning_effort',
  'chat_template_kwargs',
  'tools',
  'tool_choice',
  'response_format',
])

/** @throws ApiError */
function agreed(model: Model, thinking: boolean, fields: Body): UnfittedRequest {
  const switched = model.thinking === 'switch' ? { thinking: { type: thinking ? 'enabled' : 'disabled' } } : {}
  const body = { model: model.id, messages: [user], ...switched, ...fields }
  const lenient = new Set<never>()
  const { draft } = dialect.decode(
    { bytes: undefined, parameters: {}, header: () => undefined, body: () => body },
    lenient,
  )
  const { request } = draftRules(draft, { model, lenient, schemas: mfjsRules })
  const { messages } = request
  assertResolved(messages)
  return { ...request, messages }
}

/** The words of the refusal; `undefined`: it passes. */
function refusalOf(model: Model, thinking: boolean, fields: Body): string | undefined {
  try {
    agreed(model, thinking, fields)
    return undefined
  } catch (error) {
    if (error instanceof ApiError) return error.publicMessage
    throw error
  }
}

/** Values that a schema allows, with at least those at its edges. */
function allowed(schema: FieldSchema): unknown[] {
  if (schema.const !== undefined) return [schema.const]
  if (schema.enum !== undefined) return [...schema.enum]
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap(allowed)
  const { type } = schema
  switch (type) {
    case 'boolean':
      return [true, false]
    case 'integer':
    case 'number':
      return [schema.minimum ?? 0, schema.maximum ?? 7]
    case 'string':
      return ['x'.repeat(schema['x-max-bytes'] ?? 1)]
    case 'array': {
      const [item] = allowed(schema.items ?? {})
      return [schema.minItems ?? 0, schema.maxItems ?? 1].map((length) => Array.from({ length }, () => item))
    }
    case 'object':
    case undefined:
      break
  }
  return [objectOf(schema)]
}

function objectOf({ properties = {}, required = [] }: FieldSchema): Body {
  return Object.fromEntries(required.map((name) => [name, allowed(properties[name] ?? {})[0]]))
}

/** Values that it does not, each as near as can be to one that it does. */
function forbidden(schema: FieldSchema): unknown[] {
  if (schema.const !== undefined) return [typeof schema.const === 'number' ? schema.const + 1 : `${schema.const}x`]
  if (schema.enum !== undefined) return ['nonsense', 7]
  if (schema.anyOf !== undefined) return [7]
  const step = schema.type === 'integer' ? 1 : 0.001
  const edges = [
    ...(schema.minimum === undefined ? [] : [schema.minimum - step]),
    ...(schema.maximum === undefined ? [] : [schema.maximum + step]),
  ]
  return [...edges, schema.type === 'string' ? 7 : 'nonsense']
}

const MINDS = MODELS.flatMap((model) => [true, false].map((thinking) => ({ model, thinking })))

for (const { model, thinking } of MINDS) {
  describe(`the schema of ${model.id}, ${thinking ? 'thinking' : 'not thinking'}`, () => {
    const { properties, required } = chatRequestSchema(model, thinking)
    // Their values hang on the window, and on each other; below.
    const { messages: _, model: __, max_completion_tokens: longest, max_tokens: older, ...fields } = properties
    const refusal = (name: string, value: unknown): string | undefined => refusalOf(model, thinking, { [name]: value })

    it('takes what it says it takes, defaults among it', () => {
      for (const [name, schema] of Object.entries(fields)) {
        // What is said twice must agree, and tools have unique names; they have tests of their own.
        if (APART.has(name)) continue
        const { default: usual } = schema
        for (const value of [...allowed(schema), ...(usual === undefined ? [] : [usual])]) {
          // Copies of an answer that leaves nothing to chance would be the same.
          const beside = name === 'n' ? { temperature: fields['temperature']?.const ?? 1 } : {}
          const words = refusalOf(model, thinking, { ...beside, [name]: value })
          assert.equal(words, undefined, `${name}: ${JSON.stringify(value)}`)
        }
      }
    })

    it('refuses what it says it does not', () => {
      for (const [name, schema] of Object.entries({ ...fields, max_completion_tokens: longest })) {
        for (const value of forbidden(schema ?? {})) {
          // Beyond the window: not before the prompt is counted.
          if (name === 'max_completion_tokens' && Number(value) > 1) continue
          const words = refusal(name, value)
          assert.notEqual(words, undefined, `${name}: ${JSON.stringify(value)}`)
          if (schema?.const !== undefined && typeof value === 'number') assert.equal(words, schema['x-fixed'], name)
        }
      }
    })

    it('says of thinking what the model does', () => {
      const { thinking: switched, reasoning_effort: effort } = properties
      const { type } = switched?.properties ?? {}
      for (const value of ['enabled', 'disabled']) {
        const isAllowed = allowed(type ?? {}).includes(value)
        const words = refusalOf(model, value === 'enabled', { thinking: { type: value } })
        assert.equal(words, isAllowed ? undefined : type?.['x-fixed'], value)
      }
      for (const value of effort?.enum ?? []) {
        const fits = { thinking: undefined, reasoning_effort: value }
        assert.equal(refusalOf(model, thinking, fits), undefined, value)
      }
      assert.deepEqual(switched?.default, {
        type: agreed(model, thinking, { thinking: undefined }).thinking ? 'enabled' : 'disabled',
      })
    })

    it('has the length that is used where none is named, and none that the window cannot hold', async () => {
      assert.deepEqual([older?.minimum, older?.maximum], [longest?.minimum, longest?.maximum])
      const counter = tinyCounter()
      const fitted = await fitWindow(agreed(model, thinking, {}), model, counter)
      assert.equal(fitted.request.maxCompletionTokens, longest?.default)
      const most = (longest?.maximum ?? 0) + 1
      await assert.rejects(
        fitWindow(agreed(model, thinking, { max_completion_tokens: most }), model, counter),
        /exceeded/,
      )
    })

    it('has the limits of stop, tools and their names', () => {
      const [text, list] = properties['stop']?.anyOf ?? []
      const bytes = text?.['x-max-bytes'] ?? 0
      assert.equal(refusal('stop', 'x'.repeat(bytes)), undefined)
      assert.match(refusal('stop', 'x'.repeat(bytes + 1)) ?? '', /too long/)
      assert.match(refusal('stop', '') ?? '', /empty/)
      const texts = (length: number): string[] => Array.from({ length }, (_each, index) => String(index))
      assert.equal(refusal('stop', texts(list?.maxItems ?? 0)), undefined)
      assert.match(refusal('stop', texts((list?.maxItems ?? 0) + 1)) ?? '', /too long/)

      const { tools } = properties
      const most = tools?.maxItems ?? 0
      const named = (name: string) => ({
        type: 'function',
        function: { name, parameters: { type: 'object', properties: {} } },
      })
      const many = (length: number) => texts(length).map((index) => named(`f${index}`))
      assert.equal(refusal('tools', many(most)), undefined)
      assert.match(refusal('tools', many(most + 1)) ?? '', /max of/)
      const functions = tools?.items?.anyOf?.[0] ?? tools?.items
      const pattern = new RegExp(functions?.properties?.['function']?.properties?.['name']?.pattern ?? '')
      for (const name of ['a', '_a-9', 'x'.repeat(64), '9a', '-a', 'x'.repeat(65), 'a b', '']) {
        assert.equal(refusal('tools', [named(name)]) === undefined, pattern.test(name), name)
      }
    })

    it('offers the tool of the platform, and a tool that must be called, where they are taken', () => {
      const { tools, tool_choice: choice } = properties
      const search = [{ type: 'builtin_function', function: { name: '$web_search' } }]
      const offers = tools?.items?.anyOf !== undefined
      assert.equal(refusal('tools', search), offers ? undefined : tools?.items?.['x-fixed'])
      const some = [{ type: 'function', function: { name: 'f' } }]
      const force = (value: unknown) => refusalOf(model, thinking, { tools: some, tool_choice: value })
      const words = choice?.anyOf?.[0]?.enum ?? choice?.enum ?? []
      for (const value of ['auto', 'none', 'required']) {
        assert.equal(force(value), words.includes(value) ? undefined : choice?.['x-fixed'], value)
      }
      const isNamed = choice?.anyOf?.[1] !== undefined
      assert.equal(force({ type: 'function', function: { name: 'f' } }) === undefined, isNamed)
    })

    it('has the three forms of an answer', () => {
      for (const form of properties['response_format']?.anyOf ?? []) {
        const type = form.properties?.['type']?.const
        const described =
          type === 'json_schema' ? { json_schema: { name: 'x', schema: { type: 'object', properties: {} } } } : {}
        assert.equal(refusal('response_format', { type, ...described }), undefined)
      }
      assert.match(refusal('response_format', { type: 'json_schema' }) ?? '', /json_schema is required/)
    })

    it('takes the media that the model reads', () => {
      const content = properties['messages']?.items?.anyOf?.[1]?.properties?.['content']?.anyOf?.[1]
      const kinds = new Set((content?.items?.anyOf ?? []).map((part) => part.properties?.['type']?.const))
      const part = { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } }
      const words = refusalOf(model, thinking, { messages: [{ role: 'user', content: [part] }] })
      assert.equal(words === undefined, kinds.has('image_url'))
      assert.equal(model.video, kinds.has('video_url'))
    })

    it('has every field that is taken, and no other', () => {
      const known = CHAT_FIELDS.filter((name) => !NEVER_TAKEN.has(name))
      assert.deepEqual(Object.keys(properties).toSorted(), known.toSorted())
      for (const name of required) assert.match(refusalOf(model, thinking, { [name]: null }) ?? '', /is required/)
    })
  })
}
