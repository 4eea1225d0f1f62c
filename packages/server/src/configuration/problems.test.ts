import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problems, quoted } from './problems.ts'
import { StartError } from '../records/start-error.ts'

const at = (line: number, column = 1) => ({ file: 'moonbase.yaml', line, column })

test('tells what has no place first, then goes through the file', () => {
  const problems = new Problems()
  problems.add('log.level', 'b', at(9))
  problems.add('listen', 'second on its line', at(2, 8))
  problems.add('listen', 'first on its line', at(2, 3))
  problems.add('--port', 'a')
  assert.deepEqual(problems.lines(), [
    '--port: a',
    'moonbase.yaml:2:3 listen: first on its line',
    'moonbase.yaml:2:8 listen: second on its line',
    'moonbase.yaml:9:1 log.level: b',
  ])
})

test('tells twenty and counts the others', () => {
  const problems = new Problems()
  for (let line = 1; line <= 23; line++) problems.add('x', 'y', at(line))
  assert.equal(problems.lines().length, 21)
  assert.equal(problems.lines().at(-1), 'and 3 more')
})

test('tells the same thing once', () => {
  const problems = new Problems()
  problems.add('x', 'y', at(1))
  problems.add('x', 'y', at(1))
  assert.equal(problems.count, 1)
})

test('throws when there is a problem and not otherwise', () => {
  const problems = new Problems()
  problems.throwIfAny()
  problems.add('x', 'y')
  assert.throws(() => problems.throwIfAny(), new StartError(['x: y']))
})

test('hides what looks like a key, wherever somebody put it', () => {
  const problems = new Problems()
  problems.add('engines.sk-0123456789abcdefghij', 'there is no such field')
  assert.deepEqual(problems.lines(), ['engines.sk-…: there is no such field'])
})

test('quotes a value as JSON and never much of it', () => {
  assert.equal(quoted('a"b'), '"a\\"b"')
  assert.equal(quoted(undefined), 'undefined')
  assert.equal(quoted('x'.repeat(1000)).length, 60)
})
