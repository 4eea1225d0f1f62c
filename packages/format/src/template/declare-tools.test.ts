import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import type { PromptTool } from '../prompt.ts'
import { declareTools } from './declare-tools.ts'

const shared = process.env['MOONBASE_SHARED']
const skip = shared === undefined && 'MOONBASE_SHARED is not set, so the goldens are not at hand'

const SEARCH: PromptTool = { type: 'builtin', name: '$web_search' }

function tool(parameters: Readonly<Record<string, unknown>>, description?: string): PromptTool {
  return { type: 'function', name: 'f', parameters, ...(description !== undefined && { description }) }
}

function namespace(...lines: readonly string[]): string {
  return `# Tools\n\n## functions\nnamespace functions {\n${lines.join('\n')}\n}\n`
}

describe('declareTools', () => {
  it('declares the golden tools byte for byte', { skip }, () => {
    const text = readFileSync(path.join(shared ?? '', 'data/goldens/chat-template.json'), 'utf8')
    const goldens = JSON.parse(text)
    const tools = goldens.cases.tools.tools.map((wire: { function: object }) => ({
      type: 'function',
      ...wire.function,
    }))
    assert.equal(declareTools(tools), goldens.ts)
  })

  it('puts the description before the type, and functions one after the other', () => {
    const empty = { type: 'object', properties: {} }
    const tools = [tool(empty, 'Get the weather.\n\nUse metric.'), tool(empty, ''), tool(empty)]
    assert.equal(
      declareTools(tools),
      namespace(
        '// Get the weather.',
        '',
        '// Use metric.',
        'type f = (_: {}) => any;',
        'type f = (_: {}) => any;',
        'type f = (_: {}) => any;',
      ),
    )
  })

  it('puts definitions before the description', () => {
    const parameters = { type: 'object', $defs: { T: { type: 'string', description: 'A text.' } } }
    assert.equal(
      declareTools([tool(parameters, 'Does it.')]),
      namespace('// A text.', 'interface T string', '// Does it.', 'type f = (_: {}) => any;'),
    )
  })

  it('says nothing without tools', () => assert.equal(declareTools([]), ''))

  it('leaves built-in tools out of the namespace', () => {
    assert.equal(declareTools([SEARCH, tool({}), SEARCH]), namespace('type f = (_: {}) => any;'))
  })

  it('declares built-in tools alone as JSON', () => {
    assert.equal(declareTools([SEARCH]), '[{"function":{"name":"$web_search"},"type":"builtin_function"}]')
  })

  it('falls back for all tools together, keys sorted throughout, without spaces or escapes', () => {
    const parameters = {
      type: 'object',
      properties: { '😀': true, '\ue000': { 10: 'é', 9: 1e-5 } },
      b: [{ d: 1, c: null }],
    }
    assert.equal(
      declareTools([SEARCH, tool({}), tool(parameters, 'say "hi"\n\u0001\u2028')]),
      '[{"function":{"name":"$web_search"},"type":"builtin_function"},' +
        '{"function":{"name":"f","parameters":{}},"type":"function"},' +
        '{"function":{"description":"say \\"hi\\"\\n\\u0001\u2028","name":"f","parameters":{"b":[{"c":null,"d":1}],' +
        '"properties":{"\ue000":{"10":"é","9":1e-05},"😀":true},"type":"object"}},"type":"function"}]',
    )
  })

  it('declares a property named __proto__ like any other', () => {
    const parameters = JSON.parse('{"properties":{"__proto__":{"type":"string"}},"required":["__proto__"]}')
    assert.equal(declareTools([tool(parameters)]), namespace('type f = (_: {', '  __proto__: string', '}) => any;'))
  })

  it('declares a hundred levels, and gives depth past that to JSON however deep it is', () => {
    assert.match(declareTools([tool({ properties: { a: nested(100) } })]), /Array<Array<Array<.*string>>>/)
    assert.ok(declareTools([tool({ properties: { a: nested(1000) } })]).startsWith('[{'))
    assert.ok(declareTools([tool({ properties: { a: nested(100_000) } })]).startsWith('[{'))
    assert.match(declareTools([tool({ properties: { a: { type: 'array', default: deepList(100_000) } } })]), /\[\[\[\[/)
  })

  it('gives a declaration that indentation blows up to JSON', () => {
    let schema: object = { type: 'object', properties: Object.fromEntries(manyNames(100_000)) }
    for (let depth = 0; depth < 100; depth += 1) schema = { type: 'object', properties: { a: schema } }
    const declared = declareTools([tool({ properties: { a: schema } })])
    assert.ok(declared.startsWith('[{') && declared.length < 16_777_216)
  })
})

function nested(depth: number): unknown {
  let schema: unknown = { type: 'string' }
  for (let level = 0; level < depth; level += 1) schema = { type: 'array', items: schema }
  return schema
}

function deepList(depth: number): unknown {
  let list: unknown = []
  for (let level = 0; level < depth; level += 1) list = [list]
  return list
}

function manyNames(count: number): [name: string, schema: object][] {
  return Array.from({ length: count }, (_, position) => [`p${position}`, {}])
}
