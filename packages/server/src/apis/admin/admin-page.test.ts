import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ADMIN_SCOPES } from '../../records/account-records.ts'
import { OPERATIONS } from './operations.ts'

const page = readFileSync(new URL('../../../../../docs/admin.md', import.meta.url), 'utf8')

test('docs/admin.md has a line for each operation, with its scope and whether it is for operators', () => {
  const told = [...page.matchAll(/^\| `(GET|POST|DELETE) ([^`]+)` \| (\S+) \| (.*) \|$/gm)].map(
    ([, method, path = '', scope, words = '']) =>
      `${method} ${path.replace('{o}', '/admin/v1/organisations/{organisation}')} ${scope} ${/; operators$|^the last .*; operators$/.test(words)}`,
  )
  const known = OPERATIONS.map(
    ({ method, path, scope, operatorOnly }) =>
      `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')} ${scope === null ? 'any' : `\`${scope}\``} ${operatorOnly}`,
  )
  assert.deepEqual(told.toSorted(), known.toSorted())
})

test('docs/admin.md explains every scope', () => {
  for (const scope of ADMIN_SCOPES) assert.match(page, new RegExp(`^\\| \`${scope}\` \\| \\S`, 'm'))
})
