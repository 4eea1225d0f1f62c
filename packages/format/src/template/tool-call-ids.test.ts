import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PromptToolCall } from '../prompt.ts'
import { ToolCallIds } from './tool-call-ids.ts'

function call(id: string, name: string): PromptToolCall {
  return { id, name, arguments: '{}' }
}

test('one counter runs through the whole conversation', () => {
  const ids = new ToolCallIds()
  assert.deepEqual(ids.rename([call('a', 'f'), call('b', 'g')]), ['functions.f:0', 'functions.g:1'])
  assert.deepEqual(ids.rename([call('c', 'f')]), ['functions.f:2'])
})

test('results find their calls by the latest message that used the id', () => {
  const ids = new ToolCallIds()
  ids.rename([call('search:0', 'search'), call('open:1', 'open')])
  assert.equal(ids.answered('open:1'), 'functions.open:1')
  assert.equal(ids.answered('search:0'), 'functions.search:0')
  ids.rename([call('search:0', 'search')])
  assert.equal(ids.answered('search:0'), 'functions.search:2')
})

test('results of calls that share an id take the new ids in order', () => {
  const ids = new ToolCallIds()
  ids.rename([call('same', 'f'), call('same', 'g')])
  assert.deepEqual(
    [ids.answered('same'), ids.answered('same'), ids.answered('same')],
    ['functions.f:0', 'functions.g:1', 'functions.g:1'],
  )
})

test('a result that answers no call keeps its id', () => {
  assert.equal(new ToolCallIds().answered('call_1'), 'call_1')
})
