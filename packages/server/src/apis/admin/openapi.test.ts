import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openapiDocument } from './openapi.ts'
import { OPERATIONS } from './operations.ts'

const FILE = fileURLToPath(new URL('../../../../../docs/openapi/admin.json', import.meta.url))
const COMMAND =
  'MOONBASE_WRITE_OPENAPI=1 node packages/cli/bin/node.mjs --test packages/server/src/apis/admin/openapi.test.ts && npx oxfmt docs/openapi'

test('docs/openapi/admin.json is what the table of operations says', () => {
  const document = JSON.stringify(openapiDocument(OPERATIONS), null, 2)
  if (process.env['MOONBASE_WRITE_OPENAPI'] === '1') writeFileSync(FILE, document)
  const kept = JSON.stringify(JSON.parse(readFileSync(FILE, 'utf8')), null, 2)
  // Not by `equal`, which would print both.
  assert.ok(kept === document, `docs/openapi/admin.json is out of date; write it anew with: ${COMMAND}`)
})

test('every operation has a name, a path and words of its own', () => {
  for (const field of ['id', 'summary'] as const) {
    assert.equal(new Set(OPERATIONS.map((one) => one[field])).size, OPERATIONS.length, field)
  }
  assert.equal(new Set(OPERATIONS.map(({ method, path }) => `${method} ${path}`)).size, OPERATIONS.length)
})

test('whatever changes money asks for an idempotency key and is for operators alone', () => {
  const credits = OPERATIONS.filter(
    ({ scope, method, path }) => scope === 'money:write' && method === 'POST' && path !== '/admin/v1/prices',
  )
  assert.equal(credits.length, 4)
  for (const { idempotent, operatorOnly } of credits) assert.deepEqual([idempotent, operatorOnly], [true, true])
})

test('references lead somewhere, and nothing in the document is undefined or unknown to OpenAPI', () => {
  const document = JSON.parse(readFileSync(FILE, 'utf8')) as {
    paths: Record<string, Record<string, { parameters: { name: string; in: string }[] }>>
    components: Record<string, Record<string, unknown>>
  }
  for (const [, kind = '', name = ''] of JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)) {
    assert.ok(name in (document.components[kind] ?? {}), name)
  }
  for (const [path, methods] of Object.entries(document.paths)) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    for (const [method, { parameters }] of Object.entries(methods)) {
      const given = parameters.filter((one) => one.in === 'path').map(({ name }) => name)
      assert.deepEqual(given, named, `${method} ${path}`)
    }
  }
})
