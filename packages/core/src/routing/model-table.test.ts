import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ApiError } from '@moonbase/protocol'
import { routeTo, scriptedEngine } from '../../../../test/support/scripted-engines.ts'
import { ModelTable } from './model-table.ts'

describe('the models of a server', () => {
  const route = routeTo([scriptedEngine('a', [])])

  it('are found by their ids, and listed as they were given', () => {
    const table = new ModelTable([route])
    assert.equal(table.find('kimi-k2.5'), route)
    assert.deepEqual(table.list(), [route.model])
  })

  it('that nobody serves are a 404 with the id that was asked for, of which a part is shown', () => {
    const table = new ModelTable([route])
    const isNotFound = (error: unknown): boolean =>
      error instanceof ApiError && error.status === 404 && error.publicMessage.includes(`${'m'.repeat(128)} `)
    assert.throws(() => table.find('m'.repeat(1000)), isNotFound)
  })

  it('may be replaced, and who has found a route keeps it', () => {
    const table = new ModelTable([route])
    const other = routeTo([scriptedEngine('b', [])])
    table.replace([other])
    assert.equal(table.find('kimi-k2.5'), other)
    table.replace([])
    assert.deepEqual(table.list(), [])
  })
})
