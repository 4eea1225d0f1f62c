import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldsOf } from './plain-value.ts'
import { Problems } from './problems.ts'
import { readYaml } from './read-yaml.ts'

async function read(text: string, environment: Record<string, string> | 'literal' = {}) {
  const problems = new Problems()
  const file = await readYaml(text, 'f.yaml', environment, problems)
  return { value: structuredClone(file.value), lines: problems.lines(), file }
}

test('reads maps, lists and scalars as plain values', async () => {
  const { value, lines } = await read('a: { b: [1, two, true, null], "c": 1.5 }\n2: x\n')
  assert.deepEqual(lines, [])
  assert.deepEqual(value, { a: { b: [1, 'two', true, null], c: 1.5 }, 2: 'x' })
})

test('an empty file, or one of comments, is an empty map', async () => {
  assert.deepEqual((await read('')).value, {})
  assert.deepEqual((await read('# nothing ${HERE}\n')).value, {})
  assert.deepEqual((await read('\uFEFFa: 1')).value, { a: 1 })
})

test('a variable may stand without quotes inside braces, where YAML alone would not have it', async () => {
  const { value, file } = await read('engine: { key: ${KEY}, url: ${URL:-http://a, b} }', { KEY: 'x: [y] # z' })
  assert.deepEqual(value, { engine: { key: 'x: [y] # z', url: 'http://a, b' } })
  assert.deepEqual([...file.variables], ['KEY', 'URL'])
})

test('a variable brings text and never structure', async () => {
  const { value } = await read('a: ${A}\nb: "${A}"\n', { A: '{ c: 1 }' })
  assert.deepEqual(value, { a: '{ c: 1 }', b: '{ c: 1 }' })
})

test('in a literal file ${…} is text like any other', async () => {
  const { value, lines } = await read('a: "${A}"\nb: \uE041\n', 'literal')
  assert.deepEqual([value, lines], [{ a: '${A}', b: '\uE041' }, []])
})

test('a problem knows the line and column of its value or of its name, also behind a variable and an alias', async () => {
  const { file } = await read('x: &x { y: 1 }\n\nlist:\n  - a: ${A}\n    b: ~\n  - *x\n', { A: 'long enough to shift' })
  for (const pointer of ['/list/0/a', '/list/0/b', '/list/1', '/list/1/y', '/list/0/missing']) file.add(pointer, 'v')
  file.add('/list/0/a', 'k', 'key')
  assert.deepEqual(file.problems.lines(), [
    'f.yaml:1:12 list[1].y: v',
    'f.yaml:4:5 list[0].missing: v',
    'f.yaml:4:5 list[0].a: k',
    'f.yaml:4:8 list[0].a: v',
    'f.yaml:5:8 list[0].b: v',
    'f.yaml:6:5 list[1]: v',
  ])
})

test('tells every mistake of the YAML, in words that quote nothing of the file', async () => {
  const secret = 'sosecret'
  for (const [text, expected] of [
    [`a: [1\nb: {c\n`, 'f.yaml:2:1'],
    [`key: @${secret}`, 'f.yaml:1:6 plain value cannot start with reserved character @; put quotes around it'],
    [`key: !${secret} x`, 'f.yaml:1:6 YAML tags'],
    [`key: "\\q${secret}"`, 'f.yaml:1:7 YAML knows no such escape'],
    [`key: |${secret}\n x`, 'f.yaml:1:7 block scalar header includes extra characters'],
    [`key: x: ${secret}`, 'f.yaml:1:6 a second ": " on one line'],
    [`key: '${secret}' '${secret}'`, 'f.yaml:1:17 unexpected single-quoted-scalar at node end'],
    [`key: *${secret}`, 'f.yaml:1:6 key: an alias'],
    [`a: 1\n---\nb: ${secret}`, 'f.yaml:2:1 a second document begins'],
    [`a:\n\tb: ${secret}`, 'f.yaml:2:1 tabs are not allowed'],
    [`a: ${secret}\na: 2`, 'f.yaml:2:1 a: is given twice'],
    [`[a]: ${secret}`, 'f.yaml:1:1 holds a field whose name is not a word'],
    [`a: \uE041${secret}`, 'f.yaml:1:4 the character here is for private use'],
    ['[', 'f.yaml:1:2'],
    ['- '.repeat(5000), 'nested too deeply'],
    ['['.repeat(50) + ']'.repeat(50), 'nested too deeply'],
  ] as const) {
    const { lines } = await read(text)
    assert.ok(lines.length > 0 && lines.join('\n').includes(expected), `${text.slice(0, 40)} → ${lines.join('\n')}`)
    assert.ok(!lines.join('\n').includes(secret), lines.join('\n'))
  }
})

test('an unset variable is told once, and nothing else is said about its value', async () => {
  const { file, lines } = await read('a: ${A}')
  assert.deepEqual(lines, ['f.yaml:1:4 a: the environment variable A is not set'])
  file.add('/a', 'must be a number')
  assert.equal(file.problems.count, 1)
})

test('aliases cannot multiply past the limit of values, nor turn in circles', async () => {
  const rows = ['a: &v0 [1,1,1,1,1,1,1,1,1,1]']
  for (let level = 1; level < 8; level++) {
    rows.push(`a${level}: &v${level} [${Array.from({ length: 10 }, () => `*v${level - 1}`).join(',')}]`)
  }
  const bomb = await read(rows.join('\n'))
  assert.equal(bomb.lines.length, 1)
  assert.match(bomb.lines[0] ?? '', /more than 20000 values$/)
  const circle = await read('a: &a { b: *a }')
  assert.match(circle.lines.join(), /nested too deeply|without its anchor/)
})

test('a text of more than 1 MiB is refused before it is parsed', async () => {
  const { lines } = await read('# x\n'.repeat(300_000))
  assert.deepEqual(lines, ['f.yaml: is larger than 1 MiB, which is the most that is read'])
})

test('a hundred thousand fields are read without looking back over all of them for each', async () => {
  const { lines } = await read(Array.from({ length: 70_000 }, (_, index) => `a${index}: 1`).join('\n'))
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /more than 20000 values/)
})

test('names that mean something to JavaScript are names like any other', async () => {
  const { value } = await read('__proto__: { polluted: 1 }\nconstructor: 2\n')
  assert.equal(Reflect.get({}, 'polluted'), undefined)
  assert.deepEqual(Object.keys(fieldsOf(value)), ['__proto__', 'constructor'])
})
