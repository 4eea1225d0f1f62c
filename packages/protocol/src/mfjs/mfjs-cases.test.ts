/** Moonshot's own cases for its validator, read from the folder that `MOONBASE_SHARED` names. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { isJsonObject } from './json.ts'
import { describeProblem } from './mfjs-problem.ts'
import { relaxMfjs } from './relax/relax-mfjs.ts'
import { validateMfjsText } from './validate-mfjs-text.ts'

const shared = process.env['MOONBASE_SHARED']
const folder = shared === undefined ? undefined : path.join(shared, 'data', 'mfjs-cases')
const skip = folder === undefined && 'MOONBASE_SHARED is not set, so the cases are not at hand'

interface InvalidCase {
  readonly schema: string
  /** The stem of the message. */
  readonly expect: string
  /** The text is no JSON object at all. */
  readonly unmarshal: boolean
}

/** The cases were made with all checks on, and with room for five objects inside one another. */
const OPTIONS = { level: 'ultra', limits: { depth: 5 } } as const

/** What only `ultra` refuses: by these stems the hosted platform warned in a header instead. */
const WARNINGS = [
  'not allowed at the same level as',
  'non-negative',
  'must be an integer',
  'must be a number',
  'not a valid integer',
  'greater than',
  'minLength',
  'invalid keywords',
  'patternProperties',
  'unsupported keywords',
]

describe("Moonshot's cases", { skip }, () => {
  const names = folder === undefined ? [] : readdirSync(folder)

  for (const name of names) {
    test(`${name}: what is valid there is valid here, at both levels, and is not relaxed`, () => {
      for (const line of linesOf(name, 'valid')) {
        assert.equal(shownProblem(validateMfjsText(line, OPTIONS)), '', line)
        assert.equal(shownProblem(validateMfjsText(line)), '', line)
        const schema: unknown = JSON.parse(line)
        const relaxed = relaxMfjs(schema)
        assert.equal(relaxed.schema, schema, line)
        assert.deepEqual(relaxed.changes, [], line)
      }
    })

    test(`${name}: what is invalid there is invalid here, with the same words`, () => {
      for (const line of linesOf(name, 'invalid')) {
        const { schema, expect, unmarshal } = invalidCase(line)
        const problem = validateMfjsText(schema, OPTIONS)
        assert.ok(problem !== undefined, schema)
        assert.ok(describeProblem(problem).includes(expect), `${describeProblem(problem)} | ${expect} | ${schema}`)
        assert.equal(problem.path === null, unmarshal, schema)
        assert.ok(
          validateMfjsText(schema) !== undefined || WARNINGS.some((stem) => expect.includes(stem)),
          `accepted at level strict: ${schema}`,
        )
      }
    })
  }

  test('there are cases', () => {
    let count = 0
    for (const name of names) count += linesOf(name, 'valid').length + linesOf(name, 'invalid').length
    assert.ok(count >= 190, `${count} cases`)
  })
})

function invalidCase(line: string): InvalidCase {
  const read: unknown = JSON.parse(line)
  assert.ok(isJsonObject(read))
  const { schema, expect, unmarshal } = read
  assert.ok(typeof schema === 'string' && typeof expect === 'string')
  return { schema, expect, unmarshal: unmarshal === true }
}

function linesOf(name: string, kind: 'valid' | 'invalid'): string[] {
  const file = path.join(folder ?? '', name, `${kind}.jsonl`)
  return existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : []
}

function shownProblem(problem: ReturnType<typeof validateMfjsText>): string {
  return problem === undefined ? '' : describeProblem(problem)
}
