/** Any text comes out of any program as it went in: read back by a shell, by Python's rules, by the languages themselves. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import { quoted } from './escape-text.ts'
import { holdsLoneSurrogate } from './lone-surrogate.ts'
import { JSON_STYLE, PYTHON_STYLE, TYPESCRIPT_STYLE, printValue } from './print-value.ts'
import { quoteShell } from './quote-shell.ts'
import { SpellingError } from './spelling.ts'

/** What breaks quoting somewhere, and characters of every plane. */
const HARD = [
  ...Array.from(`'"\\\`$!{}()#@%&|;<>*?~^=,:`),
  ...Array.from('\n\r\t\b\f\v\u007f\u0085\u00a0\u00ad\u061c\u200b\u200d\u202e\u2028\u2029\u2066\ufeff\ufffe'),
  '${x}',
  '$(x)',
  '\\u0041',
  '\\N{DASH}',
  '</script>',
  "'''",
  '"""',
  'JSON',
  '你好',
  'שלום',
  '👩‍👩‍👧',
  '𝕏',
  '\ud800',
  '\udc00',
  '\0',
]
const anyText = fc
  .array(fc.oneof(fc.constantFrom(...HARD), fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 12 })
  .map((pieces) => pieces.join(''))
const key = fc.oneof(anyText, fc.constantFrom('__proto__', 'constructor', 'a', 'class', '1', ''))
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    anyText,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 5 }),
    // Own properties, `__proto__` too, as JSON.parse makes them.
    fc.array(fc.tuple(key, tie('any')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries) as unknown),
  ),
})).any
const same = (got: unknown, wanted: unknown): void => assert.equal(JSON.stringify(got), JSON.stringify(wanted))

describe('a text', () => {
  it('is the same when a shell has read it, and the same when the shell is another one', () => {
    const texts = fc
      .sample(anyText, { numRuns: 400, seed: 14 })
      .filter((text) => !/\0/.test(text) && text.isWellFormed())
    const script = `printf '%s\\0' ${[...HARD.filter((text) => text !== '\0' && text.isWellFormed()), ...texts].map(quoteShell).join(' ')}`
    const wanted = [...HARD.filter((text) => text !== '\0' && text.isWellFormed()), ...texts]
    for (const shell of ['sh', 'bash']) {
      const { stdout, error, stderr } = spawnSync(shell, [], { input: script, encoding: 'utf8', timeout: 60_000 })
      assert.equal(error, undefined)
      assert.deepEqual(stdout.split('\0').slice(0, -1), wanted, stderr)
    }
  })

  it('with NUL is refused as a word of a shell', () => {
    assert.throws(
      () => quoteShell('a\0b'),
      (error) => error instanceof SpellingError && error.code === 'nul',
    )
  })

  it('hides nothing: no control character, no change of direction, no half of a character stands there as it is', () => {
    const unseen = /[\p{Cc}\p{Cs}\u2028\u2029\u202A-\u202E\u2066-\u2069\u200E\u200F\u061C\uFEFF]/u
    fc.assert(
      fc.property(anyText, (text) => {
        for (const quote of ['"', "'"] as const) assert.doesNotMatch(quoted(text, quote), unseen)
      }),
    )
    // What scripts and emoji are made with stays as it is written.
    assert.equal(quoted('👩‍👩‍👧 שלום 你好', "'"), "'👩‍👩‍👧 שלום 你好'")
  })

  it('is known to hold half of a character, wherever it stands', () => {
    fc.assert(
      fc.property(anyText, (text) => assert.equal(holdsLoneSurrogate({ a: [{ b: text }] }), !text.isWellFormed())),
    )
    assert.ok(holdsLoneSurrogate({ '\ud800': 1 }))
  })
})

describe('a value', () => {
  it('is the same out of JSON', () => {
    fc.assert(fc.property(value, (any) => same(JSON.parse(printValue(any, JSON_STYLE)), any)))
  })

  it('is the same out of TypeScript and JavaScript, with every name of a property', () => {
    fc.assert(
      fc.property(value, (any) => same(runInNewContext(`(${printValue(any, TYPESCRIPT_STYLE)})`) as unknown, any)),
    )
  })

  it('is the same out of Python', { skip: pythonMissing() }, () => {
    const values = fc.sample(value, { numRuns: 500, seed: 14 })
    const source = `# -*- coding: utf-8 -*-\nimport json\nfor value in [\n${values.map((any) => `    ${printValue(any, PYTHON_STYLE, '    ')},\n`).join('')}]:\n    print(json.dumps(value))\n`
    const { stdout, stderr, status } = spawnSync('python3', ['-c', 'import sys; exec(sys.stdin.buffer.read())'], {
      input: source,
      encoding: 'utf8',
      timeout: 60_000,
      maxBuffer: 64 * 1024 * 1024,
    })
    assert.equal(status, 0, stderr)
    for (const [index, line] of stdout.trimEnd().split('\n').entries()) same(JSON.parse(line), values[index])
  })

  it('stands on one line where it is short, and ends with a comma where the language has it so', () => {
    const long = {
      messages: [
        { role: 'user', content: 'x'.repeat(50) },
        { role: 'user', content: 'y'.repeat(50) },
      ],
    }
    assert.equal(printValue({ a: [1, true, null] }, PYTHON_STYLE), '{"a": [1, True, None]}')
    assert.equal(printValue({ a: ['it’s', "it's"] }, TYPESCRIPT_STYLE), `{ a: ['it’s', "it's"] }`)
    assert.equal(
      printValue(long, TYPESCRIPT_STYLE),
      `{\n  messages: [\n    { role: 'user', content: '${'x'.repeat(50)}' },\n    { role: 'user', content: '${'y'.repeat(50)}' },\n  ],\n}`,
    )
    assert.doesNotMatch(printValue(long, JSON_STYLE), /,\n *[}\]]/)
  })

  it('that is no JSON is refused', () => {
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, 1n, () => 1, Symbol('x')]) {
      assert.throws(
        () => printValue({ a: wrong }, JSON_STYLE),
        (error) => error instanceof SpellingError && error.code === 'not-json',
      )
    }
  })
})

function pythonMissing(): string | false {
  return spawnSync('python3', ['--version']).error === undefined ? false : 'python3 is not installed'
}
