import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { readSchema } from './check-shape.ts'
import { VARIABLES } from './environment-settings.ts'
import { load, mistakes } from './testing/in-memory-load.ts'
import { isRecord } from './plain-value.ts'

const page = await readFile(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8')
const blocks = [...page.matchAll(/^```(.*)\n([^]*?)^```$/gm)].map(([, kind = '', text = '']) => ({ kind, text }))

const environment = Object.fromEntries(
  ['CLUSTER_KEY', 'SEARCH_TEAM_KEY', 'MOBILE_TEAM_KEY', 'MOONSHOT_API_KEY', 'CURRENT_KEY', 'OLD_CLIENT_KEY'].map(
    (name) => [name, `sk-${name}`],
  ),
)

test('every example of the page is a valid configuration', async () => {
  const examples = blocks.filter(({ kind }) => kind === 'yaml')
  assert.ok(examples.length >= 6)
  for (const { text } of examples)
    await load({ files: text, environment: { ...environment, CLUSTER_HOST: '10.0.0.5' } })
})

test('the example of mistakes gives just the lines that the page shows', async () => {
  const wrong = blocks.find(({ kind }) => kind === 'yaml wrong')
  const lines = blocks.find(({ kind }) => kind === 'text')
  assert.ok(wrong && lines)
  assert.deepEqual(
    await mistakes({ files: wrong.text, environment: { MOONBASE_PORT: '80800' } }),
    lines.text.trim().split('\n'),
  )
})

test('the page names every variable, every switch and every field of the schema', async () => {
  const schema: unknown = JSON.parse(await readSchema())
  const names = [...Object.keys(VARIABLES), ...fieldNames(schema)]
  assert.ok(names.includes('body_timeout_ms') && names.includes('stand_in'))
  const missing = names.filter((name) => !new RegExp(`([\`.]${name}[\`.]|^### ${name}$)`, 'm').test(page))
  assert.deepEqual(missing, [])
})

/** The names under each `properties`. */
function fieldNames(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(fieldNames)
  if (!isRecord(schema)) return []
  const here = isRecord(schema['properties']) ? Object.keys(schema['properties']) : []
  return here.concat(Object.values(schema).flatMap(fieldNames))
}
