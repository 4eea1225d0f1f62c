import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ErrorRow } from './error-table.ts'
import { type ErrorCode, filledIn } from './errors.ts'
import { matchError } from './match-error.ts'
import { ERRORS } from './platform-errors.ts'

const ROWS = Object.entries<ErrorRow>(ERRORS)

/** Rows that are written alike, and the one that stands for them. */
const TWINS: Partial<Record<string, ErrorCode>> = { gateway_conflict: 'account_conflict' }

/** A status that only these have tells them from what is written alike; in the middle of a stream they are never said. */
const WITHOUT_STATUS: Partial<Record<string, ErrorCode>> = {
  account_conflict: 'invalid_request',
  gateway_conflict: 'invalid_request',
}

const namesOf = ({ words }: ErrorRow): string[] => [...words.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)

/** Values of one kind for all names of a row: as they are, and as hostile clients make them. */
const KINDS: Readonly<Record<string, (name: string) => string>> = {
  plain: (name) => `the-${name}`,
  numbers: () => '17',
  nothing: () => '',
  'lines and quotes': (name) => `${name}\n"'}{\u2028[script]`,
  'half of a pair': () => '\ud83d',
  'what is cut': () => 'x'.repeat(5000),
}

describe('matchError', () => {
  for (const [code, row] of ROWS) {
    it(`finds ${code} by what it says, with and without its status`, () => {
      const names = namesOf(row)
      for (const [kind, value] of Object.entries(KINDS)) {
        const parameters = Object.fromEntries(names.map((name) => [name, value(name)]))
        const message = filledIn(row.words, parameters)
        for (const status of [row.status, undefined]) {
          const found = matchError({ status, type: row.type, message })
          const expected = (status === undefined ? WITHOUT_STATUS[code] : undefined) ?? TWINS[code] ?? code
          assert.equal(found?.code, expected, kind)
          const said = Object.fromEntries(names.map((name) => [name, filledIn(`{${name}}`, parameters)]))
          assert.deepEqual(found?.parameters, said, kind)
        }
      }
    })
  }

  it('has no other twins: two rows of one status, type and wording would be one', () => {
    const known = new Map<string, string>()
    for (const [code, { status, type, words }] of ROWS) {
      const written = `${status} ${type} ${words.replaceAll(/\{\w+\}/g, '{}')}`
      assert.equal(TWINS[code], known.get(written), code)
      known.set(written, code)
    }
  })

  it('takes the row that leaves least open', () => {
    const type = 'invalid_request_error'
    const codeOf = (message: string) => matchError({ status: 400, type, message })?.code
    assert.equal(codeOf('Invalid request: messages is required'), 'invalid_request')
    assert.equal(codeOf("Invalid request: unknown field 'a'"), 'unknown_field')
    assert.equal(codeOf('whatever an engine says'), 'engine_refused')
    assert.equal(codeOf(''), 'engine_refused')
  })

  it('needs the whole of a row: its beginning is not enough, nor pieces that overlap', () => {
    const type = 'resource_not_found_error'
    assert.equal(matchError({ status: 404, type, message: 'Not found the model kimi-k9' }), undefined)
    assert.equal(matchError({ status: 404, type, message: 'Not found the model or Permission denied' }), undefined)
    assert.equal(matchError({ status: 400, type: 'content_filter', message: 'The request was rejected' }), undefined)
  })

  it('knows nothing of another status or type, nor of names that every object has', () => {
    const message = 'Internal server error'
    assert.equal(matchError({ status: 500, type: 'server_error', message })?.code, 'internal')
    assert.equal(matchError({ status: 501, type: 'server_error', message }), undefined)
    assert.equal(matchError({ status: 500, type: 'toString', message }), undefined)
  })

  it('reads a megabyte once, whatever it repeats', () => {
    const row = ERRORS.concurrency_limit
    const message = `Your account ${'<> request reached '.repeat(60_000)}`
    assert.equal(matchError({ status: row.status, type: row.type, message }), undefined)
  })
})
